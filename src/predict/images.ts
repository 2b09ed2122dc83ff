/** What is on images: the likeliest classes of each file. */
import { readPicture } from '../data/images/picture.ts';
import { plainNormalisation, type Normalisation } from '../data/images/imagenet/normalisation.ts';
import { feedsOf } from '../evaluate/image-batches.ts';
import type { ImageModel } from '../evaluate/image-model.ts';
import { probabilities } from '../evaluate/probabilities.ts';
import { internal, NascentError } from '../errors.ts';
import type { Reporter } from '../run/reporter.ts';
import type { OnnxSession } from '../runtime/onnxruntime/file.ts';
import type { CheckedPredictOrder } from './order.ts';
import { shorterSideOf, usualSize } from '../evaluate/square.ts';

export interface ImagePrediction {
  readonly task: 'images';
  readonly model: string;
  /** What scores are: logits are turned into probabilities, but not those of the best classes only. */
  readonly scores: 'probability' | 'logit';
  readonly files: readonly FilePrediction[];
}

export interface FilePrediction {
  readonly file: string;
  /** The likeliest first; empty where the file cannot be read. */
  readonly classes: readonly ClassScore[];
  /** Why the file cannot be read; null where it can. */
  readonly error: string | null;
}

export interface ClassScore {
  readonly class: number;
  /** Null where the model does not name its classes. */
  readonly label: string | null;
  readonly score: number;
}

/**
 * Each file by itself, its middle brought to the model's size. A file that cannot be read is said, and the others go on.
 *
 * @throws NascentError 'input/invalid' where the model takes no square images, or does not say how they are normalised;
 *   'data/missing' or 'data/damaged' where no file can be read; 'runtime/failed'
 */
export async function classify(
  session: OnnxSession,
  model: ImageModel,
  files: readonly string[],
  { top }: CheckedPredictOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ImagePrediction> {
  const { channels, height = usualSize, width = usualSize, batch = 1 } = model;
  if (height !== width) {
    throw new NascentError('input/invalid', `${model.path} takes images of ${height}×${width}`, {
      help: 'Images are cut square: it takes a model whose images are as high as wide.',
    });
  }
  const normalisation = normalisationOf(model);
  const resize = shorterSideOf(height, model.dataset);
  const like = { channels, height, width, ...normalisation };
  const found: FilePrediction[] = [];
  let firstError: NascentError | undefined;
  for (const file of files) {
    signal.throwIfAborted();
    try {
      const image = await readPicture(file, { size: height, resize, channels, normalisation });
      // A model of a fixed batch is given the image as often as it takes; the first answer is looked at.
      const repeated = new Float32Array(batch * image.length);
      for (let i = 0; i < batch; i++) repeated.set(image, i * image.length);
      const outputs = await session.runAny(feedsOf(model, repeated, batch, like));
      found.push({ file, classes: classesOf(model, outputs, batch, top), error: null });
    } catch (error) {
      if (!(error instanceof NascentError) || !error.code.startsWith('data/')) throw error;
      firstError ??= error;
      reporter.note(error.message);
      found.push({ file, classes: [], error: error.message });
    }
    reporter.progress(found.length, files.length, 'img');
  }
  if (firstError !== undefined && found.every(({ error }) => error !== null)) throw firstError;
  const isLogits = model.gives === 'the best' && !model.bestOfProbabilities;
  return { task: 'images', model: model.path, scores: isLogits ? 'logit' : 'probability', files: found };
}

function classesOf(
  model: ImageModel,
  outputs: Awaited<ReturnType<OnnxSession['runAny']>>,
  batch: number,
  top: number,
): readonly ClassScore[] {
  const scores = outputs.get(model.output);
  if (scores === undefined) throw internal(`no "${model.output}" came`);
  const row = Array.from(scores.data.subarray(0, scores.data.length / batch));
  const label = (k: number) => model.labels?.[k] ?? null;
  if (model.classOutput !== undefined) {
    const classes = outputs.get(model.classOutput)?.data ?? [];
    return row.slice(0, top).map((score, i) => {
      const k = classes[i] ?? -1;
      return { class: k, label: label(k), score };
    });
  }
  const values = model.gives === 'probabilities' ? row : probabilities(row);
  return values
    .map((score, k) => ({ class: k, label: label(k), score }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, top);
}

/** @throws NascentError 'input/invalid' where the model does not say it */
function normalisationOf({ path, takes, channels, mean, std }: ImageModel): Normalisation {
  if (mean !== undefined && std !== undefined) return { mean, std };
  // Bytes are made of what was normalised by anything, and are the same.
  if (takes === 'bytes') return plainNormalisation(channels);
  throw new NascentError('input/invalid', `${path} does not say how its images are normalised`, {
    help: 'Give --mean and --std, of pixels in 0..1, as it was trained with: for most networks trained on ImageNet --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225.',
  });
}
