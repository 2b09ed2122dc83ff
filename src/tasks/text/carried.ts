/**
 * The hidden state of a recurrent loss as state of a store: one of the training text and, in a search, one of the
 * validation text. Both go on from slice to slice, apart from each other.
 */
import { internal } from '../../errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { inline, sameInput } from '../../graph/inline.ts';
import type { LossGraph } from '../../learn/loss-graph.ts';

export const hiddenNames = { training: 'hidden.training', valid: 'hidden.valid' } as const;
export type HiddenName = (typeof hiddenNames)[keyof typeof hiddenNames];

/**
 * The loss with its `hidden_in` read from the state `name`.
 *
 * @param loss with the input `hidden_in` and the output `hidden_out`
 * @param advance whether a pass moves that state on; where not, `hidden_out` stays among the reports
 */
export function carried(
  { graph, updates, reports }: LossGraph,
  name: HiddenName,
  advance: boolean,
): LossGraph {
  const b = new GraphBuilder();
  const outputs = inline(b, graph, (input) =>
    input.value.name === 'hidden_in'
      ? b.input(name, input.value.type.shape, {
          role: 'buffer',
          initializer: { kind: 'constant', value: 0 },
        })
      : sameInput(b, input),
  );
  if (!outputs.has('hidden_out')) throw internal('a recurrent loss gives its hidden state');
  return {
    graph: b.finish(graph.name, Object.fromEntries(outputs)),
    updates: advance ? new Map([...updates, ['hidden_out', name]]) : updates,
    reports: advance ? reports.filter((report) => report !== 'hidden_out') : reports,
  };
}
