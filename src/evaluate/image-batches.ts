/** Real images as feeds of a model, whatever batch it takes, and its answers as rows. */
import type { EvaluationRange, ImageSource } from '../data/images/source.ts';
import { NascentError } from '../errors.ts';
import { sizeOf, type Tensor } from '../graph/tensor.ts';
import { showTensor, type AnyTensor, type AnyTensors } from '../runtime/any-tensor.ts';
import type { ImageModel } from './image-model.ts';

export interface ImageFeeds {
  readonly feeds: AnyTensors;
  /** Of the images that were asked for; a model of a fixed batch may be fed more. */
  readonly size: number;
  /** Which of the readable images the first one is. */
  readonly first: number;
  readonly labels: Int32Array;
}

/**
 * The readable images of a range, in order, as the model takes them: normalised as `source` does it, or bytes. Where the model takes batches of one size
 * only, they are of that size, the last one filled up with zeros.
 */
export async function* imageFeeds(
  model: ImageModel,
  source: ImageSource,
  range: EvaluationRange,
): AsyncGenerator<ImageFeeds> {
  const batchSize = model.batch ?? range.batchSize;
  let first = range.skip ?? 0;
  for await (const { images, labels, size } of source.evaluationBatches({ ...range, batchSize })) {
    const count = model.batch ?? size;
    const whole = images.length * (count / size);
    const data = whole === images.length ? images : filledUp(images, whole);
    yield { feeds: feedsOf(model, data, count, source), size, first, labels };
    first += size;
  }
}

/** Of a source, what its images are like. */
export type ImagesLike = Pick<ImageSource, 'channels' | 'height' | 'width' | 'mean' | 'std'>;

/** Normalised images [count, channels, height, width] as the model takes them. */
export function feedsOf(
  model: ImageModel,
  data: Float32Array,
  count: number,
  images: ImagesLike,
): AnyTensors {
  const { channels, height, width } = images;
  return new Map<string, AnyTensor>([
    [
      model.input,
      model.takes === 'normalised'
        ? { dtype: 'float32', shape: [count, channels, height, width], data }
        : { dtype: 'uint8', shape: [count, height, width, channels], data: bytesOf(data, images) },
    ],
  ]);
}

/** What normalised images, channels first, were before that: bytes, channels last. */
function bytesOf(data: Float32Array, { channels, height, width, mean, std }: ImagesLike): Uint8Array {
  const area = height * width;
  const bytes = new Uint8ClampedArray(data.length);
  data.forEach((value, i) => {
    const [position, plane] = [i % area, Math.floor(i / area)];
    const channel = plane % channels;
    const image = Math.floor(plane / channels);
    bytes[(image * area + position) * channels + channel] =
      255 * (value * (std[channel] ?? 1) + (mean[channel] ?? 0));
  });
  return new Uint8Array(bytes.buffer);
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
