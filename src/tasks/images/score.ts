/** What a step on images says of how the network does. */
import type { Batch } from '../../data/images/batches.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Meter } from '../../learn/meter.ts';
import { numberOf } from '../../learn/programs.ts';

/** From the outputs `loss`, the mean over the batch, and `correct`, the number of hits in it. */
export function countHits(meter: Meter, outputs: ReadonlyMap<string, Tensor>, { size }: Batch): void {
  meter.add(numberOf(outputs, 'loss'), size, numberOf(outputs, 'correct'));
}
