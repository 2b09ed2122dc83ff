/** Loss and accuracy of a network on images that it does not learn from. */
import type { Batch } from '../../data/images/batches.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { Meter } from '../../learn/meter.ts';
import type { Program } from '../../runtime/runtime.ts';
import type { Measuring } from '../task.ts';
import { imageFeed } from './feeds.ts';

/**
 * Measures with a graph of the input `image` and the output `logits`.
 *
 * @param batches begins to give out the images anew at each call
 */
export function imageMeasuring(
  what: Pick<Measuring, 'split' | 'on'>,
  graph: Graph,
  count: number,
  batches: () => AsyncIterable<Batch>,
): Measuring {
  return {
    ...what,
    graphs: [graph],
    unit: 'images',
    counted: (meter) => meter.count,
    async prepare(runtime, store) {
      const program = await runtime.compile(graph, { store });
      return (signal, onProgress) =>
        measureImages(program, batches(), signal, (done) =>
          onProgress({ done, total: count, unit: 'measured' }),
        );
    },
  };
}

/**
 * @param program input `image`, output `logits`
 * @param onBatch is told how many images have been measured
 * @throws the signal's reason when stopped
 */
export async function measureImages(
  program: Program,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  signal: AbortSignal,
  onBatch: (images: number) => void = () => {},
): Promise<Meter> {
  const meter = new Meter();
  let images = 0;
  for await (const batch of batches) {
    signal.throwIfAborted();
    const logits = (await program.run(imageFeed(batch))).get('logits');
    if (logits !== undefined) addLogits(meter, logits, batch.labels);
    images += batch.size;
    onBatch(images);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return meter;
}

/** Adds cross-entropy and hits of logits [N, classes]. */
export function addLogits(meter: Meter, { shape, data }: Tensor, labels: Int32Array): void {
  const classes = shape[1] ?? 0;
  for (let n = 0; n < labels.length; n++) {
    let [best, highest] = [-1, -Infinity];
    for (let k = 0; k < classes; k++) {
      const logit = data[n * classes + k] ?? 0;
      if (logit > highest) [best, highest] = [k, logit];
    }
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp((data[n * classes + k] ?? 0) - highest);
    const label = labels[n] ?? 0;
    const right = data[n * classes + label] ?? -Infinity;
    meter.add(Math.log(total) + highest - right, 1, best === label ? 1 : 0);
  }
}
