/**
 * How well a model file does on a test split: `nascent validate`. Images come in a batch at a time, so that ImageNet need
 * not fit in memory.
 */
import type { ImagesName } from '../data/registry.ts';
import type { ImageSource } from '../data/images/source.ts';
import { checkedOrder } from '../run/checked-order.ts';
import { requireReporter, type Reporter } from '../run/reporter.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';
import { NascentError } from '../errors.ts';
import { requireSignal } from '../files/progress.ts';
import { Meter } from '../learn/meter.ts';
import { addLogits } from '../tasks/images/measure.ts';
import { accuracy as accuracyMetric } from '../tasks/images/metric.ts';
import { placesOf, withGiven } from './given-card.ts';
import { imageFeeds, logitsOf } from './image-batches.ts';
import { imageModelOf, type ImageModel } from './image-model.ts';
import { openImages, passedOver, requireReadable } from './image-source.ts';
import { identityOf, readModelFile, type ModelIdentity } from './model-file.ts';
import { validateOrder, type ValidateOrder } from './order.ts';
import { openOnProvider, type OpenedSession } from './open-session.ts';
import { hasTopFive, isInTopFive } from './top-five.ts';

/** Plain data: what validation.json holds of an image classifier. */
export interface Validation {
  readonly task: 'images';
  readonly model: ModelIdentity;
  readonly data: ImagesName;
  /** Of `imagenet` this is the validation split, whose labels are the ones published. */
  readonly split: 'test';
  readonly provider: Provider;
  readonly images: number;
  /** Mean cross-entropy in nats; null where a logit is not a number. */
  readonly loss: number | null;
  /** From 0 to 1; a tie goes to the first class. */
  readonly accuracy: number;
  /** How often the right class is among the five likeliest, from 0 to 1; null where there are ten classes or fewer. */
  readonly top5: number | null;
  readonly classes: readonly ClassAccuracy[];
  /** Images of which some logit is NaN or infinite; they count as wrong. */
  readonly notFinite: number;
  /** Files that cannot be read; they are not among `images`. */
  readonly unreadable: number;
  /** Spent in onnxruntime, and the speed that makes. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly normalisation: {
    readonly from: 'model' | 'dataset' | 'given';
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
  /** What the file does not say and nobody else did, and was taken for granted. */
  readonly assumed: readonly string[];
  readonly note: string | null;
}

export interface ClassAccuracy {
  readonly label: string;
  readonly images: number;
  /** Null where there is no image of the class among those measured. */
  readonly accuracy: number | null;
}

/**
 * Runs the file through onnxruntime over a test split. Its metadata decides how images are normalised, and must agree
 * with the dataset in classes and labels; images in files are brought to its size, all others must have it.
 *
 * @throws NascentError 'input/invalid' where the model and the data do not fit, 'onnx/invalid', 'onnx/unsupported',
 *   'data/missing', 'data/damaged', 'runtime/unavailable', 'runtime/failed'; the signal's reason when stopped
 */
export async function validateModel(
  order: ValidateOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Validation> {
  const {
    model: path,
    data,
    from,
    provider,
    images,
    batchSize,
    ...given
  } = checkedOrder(validateOrder, order, 'validateModel');
  requireReporter(reporter, 'validateModel');
  requireSignal(signal, 'validateModel');
  reporter.stage('validate', `Validating on ${data}`);
  const file = await readModelFile(path);
  const model = withGiven(imageModelOf(file), given);
  requireAllClasses(model);
  const wanted = { data, from, images, byName: given.labels !== undefined };
  const source = await openImages(model, wanted, (image) => reporter.note(passedOver(image)));
  try {
    const places = given.labels === undefined ? undefined : placesOf(source, given.labels);
    const assumed = [...assumptions(model, source), ...(places?.note === undefined ? [] : [places.note])];
    for (const each of assumed) reporter.note(each);
    const { session, note } = await openOnProvider(path, provider);
    try {
      const tally = await measured(
        session,
        { model, places: places?.at },
        source,
        batchSize,
        reporter,
        signal,
      );
      if (note !== undefined) reporter.note(note);
      return {
        task: 'images',
        model: identityOf(file),
        data,
        split: 'test',
        provider,
        ...tally,
        normalisation: {
          from: given.mean !== undefined ? 'given' : model.mean === undefined ? 'dataset' : 'model',
          mean: source.mean,
          std: source.std,
        },
        assumed,
        note: note ?? null,
      };
    } finally {
      session.dispose();
    }
  } finally {
    await source.close();
  }
}

/** What a file leaves open, and is taken for granted: where it is not so, the accuracy is a wrong one. */
function* assumptions(model: ImageModel, { name, classes, mean, std }: ImageSource): Generator<string> {
  if (model.takes === 'normalised' && model.mean === undefined) {
    const [by, over] = [mean, std].map((numbers) => numbers.map((each) => each.toFixed(3)).join(', '));
    yield `the file does not say how its images are normalised: mean ${by} and deviation ${over} of ${name} are assumed (--mean and --std give others)`;
  }
  if (model.labels === undefined) {
    yield `the file does not name its classes: those of ${name} are assumed, in their order, from ${classes[0]} to ${classes.at(-1)} (--labels gives others)`;
  } else if (model.labels.length > classes.length) {
    yield `the model tells ${model.labels.length} classes apart, and ${name} has images of ${classes.length} of them: any other is counted as wrong`;
  }
}

type Measured = Pick<
  Validation,
  | 'images'
  | 'loss'
  | 'accuracy'
  | 'top5'
  | 'classes'
  | 'notFinite'
  | 'unreadable'
  | 'seconds'
  | 'imagesPerSecond'
>;

/** A model, and at which of its outputs the classes of the dataset are, where that is not in their order. */
interface Placed {
  readonly model: ImageModel;
  readonly places: Int32Array | undefined;
}

async function measured(
  session: OpenedSession['session'],
  { model, places }: Placed,
  source: ImageSource,
  batchSize: number,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Measured> {
  const { classes, count } = source;
  const outputs = places === undefined ? classes.length : (model.labels?.length ?? classes.length);
  const meters = classes.map(() => new Meter());
  let inTopFive = 0;
  let notFinite = 0;
  let ms = 0;
  for await (const batch of imageFeeds(model, source, { batchSize })) {
    signal.throwIfAborted();
    const start = performance.now();
    const answers = await session.runAny(batch.feeds);
    ms += performance.now() - start;
    const scores = logitsOf(model, answers, batch, outputs).data;
    // The logarithms of probabilities are logits of the same classes, and the loss is theirs.
    const logits = model.gives === 'probabilities' ? Float64Array.from(scores, logarithm) : scores;
    for (let i = 0; i < batch.size; i++) {
      const row = logits.subarray(i * outputs, (i + 1) * outputs);
      const label = batch.labels[i] ?? 0;
      const place = places?.[label] ?? label;
      const meter = meters[label];
      if (!row.every(Number.isFinite)) {
        notFinite += 1;
        meter?.add(Number.NaN, 1);
      } else if (meter !== undefined) {
        addLogits(meter, { dtype: 'float32', shape: [1, outputs], data: row }, Int32Array.of(place));
        if (isInTopFive(row, place)) inTopFive += 1;
      }
    }
    const seen = batch.first + batch.size + source.unreadable.length;
    reporter.progress(Math.min(seen, count), count, 'img', accuracyMetric.note(totalOf(meters)));
    // onnxruntime works on this very thread: without a turn of the event loop no word to stop is heard.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  const total = totalOf(meters);
  requireReadable(source, total.count);
  return {
    images: total.count,
    loss: Number.isFinite(total.loss) ? total.loss : null,
    accuracy: total.accuracy,
    top5: hasTopFive(outputs) ? inTopFive / total.count : null,
    classes: classes.map((label, k) => classAccuracy(label, meters[k])),
    notFinite,
    unreadable: source.unreadable.length,
    seconds: ms / 1000,
    imagesPerSecond: ms === 0 ? 0 : (1000 * total.count) / ms,
  };
}

/** Of the smallest number that float32 has, where a probability has become 0. */
function logarithm(probability: number): number {
  return Math.log(probability === 0 ? 2 ** -149 : probability);
}

/** @throws NascentError 'input/invalid' where the model gives only the best classes */
function requireAllClasses({ path, gives }: ImageModel): void {
  if (gives !== 'the best') return;
  throw new NascentError(
    'input/invalid',
    `${path} gives only the best classes, of which no loss can be told`,
    {
      help: 'Validate the model that is exported without --top-k: its classes are the same.',
    },
  );
}

function classAccuracy(label: string, meter: Meter | undefined): ClassAccuracy {
  const images = meter?.count ?? 0;
  return { label, images, accuracy: meter === undefined || images === 0 ? null : meter.accuracy };
}

function totalOf(meters: readonly Meter[]): Meter {
  return Meter.from(
    meters
      .map(({ state }) => state)
      .reduce((sum, state) => sum.map((value, i) => value + (state[i] ?? 0)), [0, 0, 0]),
  );
}
