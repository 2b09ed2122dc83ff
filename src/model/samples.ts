/** Images that a network is calibrated on. */
import { datasetNamed, isTextName } from '../data/registry.ts';
import { internal } from '../errors.ts';
import type { Random } from '../random.ts';
import type { ImageFacts } from '../run/artefacts/data.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import type { RecordedTraining } from '../tasks/recorded.ts';

/** So many images show the ranges of a network, and take seconds. */
const count = 128;
const batchSize = 16;

/**
 * The first training images of a run, normalised as it has them, [batch, channels, height, width].
 *
 * @throws NascentError 'data/missing', 'data/damaged'
 */
export async function trainingImages(
  { data, from }: RecordedTraining,
  { channels, height, mean, std }: ImageFacts,
): Promise<readonly AnyTensor[]> {
  if (isTextName(data)) throw internal(`${data} is no image dataset`);
  const source = await datasetNamed(data).open({
    split: 'train',
    images: count,
    from,
    size: height,
    channels,
    normalisation: { mean, std },
    onUnreadable: () => undefined,
  });
  try {
    const batches: AnyTensor[] = [];
    for await (const { images, size } of source.evaluationBatches({ batchSize })) {
      const shape = [size, source.channels, source.height, source.width];
      batches.push({ dtype: 'float32', shape, data: images });
    }
    return batches;
  } finally {
    await source.close();
  }
}

/** For a network that was never trained: noise, twice as far from 0 as images are. */
export function madeUpImages(image: readonly [number, number, number], random: Random): readonly AnyTensor[] {
  const shape = [batchSize, ...image];
  const length = shape.reduce((product, extent) => product * extent, 1);
  return [{ dtype: 'float32', shape, data: Float32Array.from({ length }, () => 4 * random.uniform() - 2) }];
}

/**
 * The samples of a batch, one by one: with all values of a network among its outputs, a batch of them takes gigabytes.
 */
export function oneByOne({ dtype, shape: [count = 0, ...rest], data }: AnyTensor): readonly AnyTensor[] {
  const length = data.length / count;
  return Array.from({ length: count }, (_, i) => ({
    dtype,
    shape: [1, ...rest],
    data: data.slice(i * length, (i + 1) * length),
  }));
}
