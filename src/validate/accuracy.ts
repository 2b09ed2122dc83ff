/** How well a model file does on a test split: `nascent validate`. */
import { z } from 'zod';
import { datasetNames, loadDataset, type DatasetName } from '../data/datasets.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';
import { addLogits, Meter } from '../train/meter.ts';
import { imageFeeds, logitsOf } from './image-batches.ts';
import { imageModelOf, normalisedFor, requireFit } from './image-model.ts';
import { identityOf, readModelFile, type ModelIdentity } from './model-file.ts';
import { openOnProvider } from './open-session.ts';

export const validateOrder = z.strictObject({
  model: z.string(),
  data: z.enum(datasetNames),
  provider: z.enum(['cpu', 'cuda', 'webgpu']).default('cpu'),
  /** Images of the test split, from its start; null, or left out, for all. */
  images: z.int().positive().nullable().default(null),
  batchSize: z.int().positive().default(100),
});
export type ValidateOrder = z.input<typeof validateOrder>;

/** Plain data: what validation.json holds. */
export interface Validation {
  readonly model: ModelIdentity;
  readonly data: DatasetName;
  readonly split: 'test';
  readonly provider: Provider;
  readonly images: number;
  /** Mean cross-entropy in nats; null where a logit is not a number. */
  readonly loss: number | null;
  /** From 0 to 1; a tie goes to the first class. */
  readonly accuracy: number;
  readonly classes: readonly ClassAccuracy[];
  /** Images of which some logit is NaN or infinite; they count as wrong. */
  readonly notFinite: number;
  /** Spent in onnxruntime, and the speed that makes. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly normalisation: {
    readonly from: 'model' | 'dataset';
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
  readonly note: string | null;
}

export interface ClassAccuracy {
  readonly label: string;
  readonly images: number;
  /** Null where there is no image of the class among those measured. */
  readonly accuracy: number | null;
}

/** `nascent validate` as a job. */
export async function validateJob(
  args: unknown,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Validation> {
  return validateModel(validateOrder.parse(args), reporter, signal);
}

/**
 * Runs the file through onnxruntime over a test split. Its metadata decides how images are normalised, and must agree
 * with the data set in classes, labels and image size.
 *
 * @throws NascentError 'input/invalid' where the model and the data do not fit, 'onnx/invalid', 'onnx/unsupported',
 *   'data/missing', 'runtime/unavailable', 'runtime/failed'; the signal's reason when stopped
 */
export async function validateModel(
  order: ValidateOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Validation> {
  const { model: path, data, provider, images, batchSize } = validateOrder.parse(order);
  reporter.stage('validate', `Validating on ${data}`);
  const file = await readModelFile(path);
  const model = imageModelOf(file);
  const loaded = await loadDataset(data, 'test', images);
  requireFit(model, loaded);
  const dataset = normalisedFor(model, loaded);
  const { classes, count } = dataset;
  const { session, note } = await openOnProvider(path, provider);
  const meters = classes.map(() => new Meter());
  let notFinite = 0;
  let ms = 0;
  try {
    for (const batch of imageFeeds(model, dataset, { start: 0, end: count, batchSize })) {
      signal.throwIfAborted();
      const start = performance.now();
      const outputs = await session.run(batch.feeds);
      ms += performance.now() - start;
      const { data: logits } = logitsOf(model, outputs, batch, classes.length);
      for (let i = 0; i < batch.size; i++) {
        const row = logits.subarray(i * classes.length, (i + 1) * classes.length);
        const label = batch.labels[i] ?? 0;
        const meter = meters[label];
        if (!row.every(Number.isFinite)) {
          notFinite += 1;
          meter?.add(Number.NaN, 0, 1);
        } else if (meter !== undefined) {
          addLogits(meter, { dtype: 'float32', shape: [1, classes.length], data: row }, Int32Array.of(label));
        }
      }
      const seen = batch.first + batch.size;
      reporter.progress(seen, count, 'img', totalOf(meters).note);
      // onnxruntime works on this very thread: without a turn of the event loop no word to stop is heard.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  } finally {
    session.dispose();
  }
  const total = totalOf(meters);
  if (note !== undefined) reporter.note(note);
  return {
    model: identityOf(file),
    data,
    split: 'test',
    provider,
    images: total.images,
    loss: Number.isFinite(total.loss) ? total.loss : null,
    accuracy: total.accuracy,
    classes: classes.map((label, k) => classAccuracy(label, meters[k])),
    notFinite,
    seconds: ms / 1000,
    imagesPerSecond: ms === 0 ? 0 : (1000 * total.images) / ms,
    normalisation: {
      from: model.mean === undefined ? 'dataset' : 'model',
      mean: dataset.mean,
      std: dataset.std,
    },
    note: note ?? null,
  };
}

function classAccuracy(label: string, meter: Meter | undefined): ClassAccuracy {
  const images = meter?.images ?? 0;
  return { label, images, accuracy: meter === undefined || images === 0 ? null : meter.accuracy };
}

function totalOf(meters: readonly Meter[]): Meter {
  return Meter.from(
    meters
      .map(({ state }) => state)
      .reduce((sum, state) => sum.map((value, i) => value + (state[i] ?? 0)), [0, 0, 0]),
  );
}
