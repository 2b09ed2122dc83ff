/** Training batches of images as a task gives them, and how far an epoch of them is. */
import type { Batch } from '../../data/images/batches.ts';
import type { TrainBatches } from '../../data/images/source.ts';
import type { Batches } from '../task.ts';

/** Steps taken in the current epoch. */
export function stepsTaken(stream: TrainBatches, batchSize: number): number {
  return Math.ceil(stream.state.position / batchSize);
}

/** @param unit what a step counts as: a step, or its images */
export function imageBatches(stream: TrainBatches, batchSize: number, unit: 'steps' | 'img'): Batches<Batch> {
  const each = unit === 'steps' ? 1 : batchSize;
  return {
    get epoch() {
      return stream.state.epoch;
    },
    get atEnd() {
      return stream.atEnd;
    },
    next: () => stream.next(),
    get progress() {
      return { done: stepsTaken(stream, batchSize) * each, total: stream.batchesPerEpoch * each, unit };
    },
  };
}
