/** What a step on text says of how the network does. */
import type { TextSlice } from '../../data/text/batches.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Meter } from '../../learn/meter.ts';
import { numberOf } from '../../learn/programs.ts';

/** From the output `nll`: the mean of −log p(next token) over a slice, without penalties. */
export function meanLoss(meter: Meter, outputs: ReadonlyMap<string, Tensor>, { length }: TextSlice): void {
  meter.add(numberOf(outputs, 'nll'), length);
}
