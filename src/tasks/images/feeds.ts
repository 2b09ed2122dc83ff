/** A batch of images as what a graph is fed. */
import type { Batch } from '../../data/images/batches.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** `image` [N, C, H, W] and `labels` [N]. */
export function batchFeeds(batch: Batch): Map<string, Tensor> {
  return imageFeed(batch).set('labels', { dtype: 'int64', shape: [batch.size], data: batch.labels });
}

/** `image` [N, C, H, W] alone, for a network that only infers. */
export function imageFeed({ images, shape }: Batch): Map<string, Tensor> {
  return new Map([['image', { dtype: 'float32', shape, data: images }]]);
}
