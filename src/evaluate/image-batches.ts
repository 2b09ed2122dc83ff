/** Real images as feeds of a model, whatever batch it takes, and its answers as rows. */
import type { EvaluationRange, ImageSource } from '../data/images/source.ts';
import { NascentError } from '../errors.ts';
import { sizeOf, type Tensor } from '../graph/tensor.ts';
import { showTensor, type AnyTensors } from '../runtime/any-tensor.ts';
import type { ImageModel } from './image-model.ts';

export interface ImageFeeds {
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** Of the images that were asked for; a model of a fixed batch may be fed more. */
  readonly size: number;
  /** Which of the readable images the first one is. */
  readonly first: number;
  readonly labels: Int32Array;
}

/**
 * The readable images of a range, in order, normalised as `source` does it. Where the model takes batches of one size
 * only, they are of that size, the last one filled up with zeros.
 */
export async function* imageFeeds(
  model: ImageModel,
  source: ImageSource,
  range: EvaluationRange,
): AsyncGenerator<ImageFeeds> {
  const batchSize = model.batch ?? range.batchSize;
  const { channels, height, width } = source;
  let first = range.skip ?? 0;
  for await (const { images, labels, size } of source.evaluationBatches({ ...range, batchSize })) {
    const shape = [model.batch ?? size, channels, height, width];
    const missing = sizeOf(shape) - images.length;
    const data = missing === 0 ? images : filledUp(images, sizeOf(shape));
    yield { feeds: new Map([[model.input, { dtype: 'float32', shape, data }]]), size, first, labels };
    first += size;
  }
}

/**
 * The logits [size, classes] among a model's outputs, what was filled up cut off.
 *
 * @throws NascentError 'input/invalid' where the output is no such list
 */
export function logitsOf(
  model: ImageModel,
  outputs: AnyTensors,
  { size }: Pick<ImageFeeds, 'size'>,
  classes: number,
): Tensor {
  const tensor = outputs.get(model.output);
  const rows = model.batch ?? size;
  const data = tensor?.data;
  const isFloat =
    tensor?.dtype === 'float32' && (data instanceof Float32Array || data instanceof Float64Array);
  if (!isFloat || tensor.shape.length !== 2 || sizeOf(tensor.shape) !== rows * classes) {
    const given = tensor === undefined ? 'nothing' : showTensor(tensor);
    throw new NascentError(
      'input/invalid',
      `"${model.output}" of ${model.path} is ${given} for ${rows} images, and the dataset has ${classes} classes`,
      { help: `The output must be float32[${rows}, ${classes}]: the model is for other data.` },
    );
  }
  return { dtype: 'float32', shape: [size, classes], data: data.subarray(0, size * classes) };
}

function filledUp(images: Float32Array, length: number): Float32Array {
  const full = new Float32Array(length);
  full.set(images);
  return full;
}
