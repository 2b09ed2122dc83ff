/** Training text as a task gives it, and how far an epoch of it is. */
import type { TextStep, TextStream } from '../../data/text/stream.ts';
import type { Batches } from '../task.ts';

export function textBatches(stream: TextStream): Batches<TextStep> {
  const { rows, batch } = stream.table;
  return {
    get epoch() {
      return stream.state.epoch;
    },
    get atEnd() {
      return stream.atEnd;
    },
    next: async () => stream.next(),
    get progress() {
      return { done: Math.min(stream.state.position, rows) * batch, total: rows * batch, unit: 'tok' };
    },
  };
}
