/** Text and hidden states, as graphs are fed them. */
import type { TextSlice } from '../../data/text/batches.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** `tokens` and `targets` [steps, batch]. */
export function textFeeds({ length, batch, data, targets }: TextSlice): Map<string, Tensor> {
  const shape = [length, batch];
  return new Map([
    ['tokens', { dtype: 'int64', shape, data }],
    ['targets', { dtype: 'int64', shape, data: targets }],
  ]);
}

/** The hidden state that a text begins with: [batch, units] of zeros. */
export function noHidden(batch: number, units: number): Tensor {
  return { dtype: 'float32', shape: [batch, units], data: new Float32Array(batch * units) };
}
