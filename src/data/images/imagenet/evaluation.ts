/** The images of a folder once each, in order, their centres; decoded ahead of whoever takes the batches. */

import { checkBatchSize } from '../batches.ts';
import type { Batch } from '../batches.ts';
import type { EvaluationRange } from '../source.ts';
import { joined } from './decoder.ts';
import type { Decoded, Decoder } from './decoder.ts';

export interface EvaluationOptions extends EvaluationRange {
  /** What the short side is brought to before the centre is cut. */
  readonly resize: number;
  /** Batches decoded ahead. */
  readonly prefetch: number;
}

/** Batches are full but for the last: an image that cannot be read is left out, and the next one takes its place. */
export async function* folderBatches(decoder: Decoder, options: EvaluationOptions): AsyncGenerator<Batch> {
  const { batchSize, resize, prefetch, skip = 0, take = Infinity } = options;
  const { count, size } = decoder;
  checkBatchSize(batchSize);
  const ahead: Promise<Decoded | undefined>[] = [];
  const wanted = skip + take;
  let asked = 0;
  let readable = 0;
  let batch: Decoded[] = [];
  for (let index = 0; index < count && readable < wanted; index++) {
    const most = Math.min((prefetch + 1) * batchSize, wanted - readable);
    while (asked < count && ahead.length < most) {
      const image = decoder.image(asked++, { kind: 'centre', size, resize });
      // Whoever takes the batches may stop before this one.
      image.catch(() => {});
      ahead.push(image);
    }
    const image = await ahead.shift();
    if (image === undefined) continue;
    readable += 1;
    if (readable > skip) batch.push(image);
    if (batch.length === batchSize) {
      yield joined(batch, decoder);
      batch = [];
    }
  }
  if (batch.length > 0) yield joined(batch, decoder);
}
