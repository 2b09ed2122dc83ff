/** The architect over losses of one size, each pass fed what it is given. */
import type { Tensors } from '../../src/graph/tensor.ts';
import type { LossGraph } from '../../src/learn/loss-graph.ts';
import type { Runtime, Store } from '../../src/runtime/runtime.ts';
import {
  createArchitect,
  type ArchitectureGradient,
  type SecondOrderOptions,
} from '../../src/search/one-shot/second-order.ts';

export function architectOf(
  runtime: Runtime,
  store: Store,
  { training, valid }: { readonly training: LossGraph; readonly valid: LossGraph },
  options: SecondOrderOptions,
): { gradient(training: Tensors, valid: Tensors, rate: number): Promise<ArchitectureGradient> } {
  const architect = createArchitect(runtime, store, { along: () => training, ahead: () => valid }, options);
  const fed = (feeds: Tensors) => ({ size: 1, feeds: () => feeds });
  return { gradient: (along, ahead, rate) => architect.gradient(fed(along), fed(ahead), rate) };
}
