/**
 * The hidden state of a recurrent loss as state of a store: one of the training text and, in a search, one of the
 * validation text. Both go on from slice to slice, apart from each other.
 */
import { internal } from '../../errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { inline, sameInput } from '../../graph/inline.ts';
import type { Graph } from '../../graph/types.ts';

export const hiddenNames = { training: 'hidden.training', valid: 'hidden.valid' } as const;
export type HiddenName = (typeof hiddenNames)[keyof typeof hiddenNames];

export interface RecurrentLoss {
  /** With the input `hidden_in` and the output `hidden_out`. */
  readonly graph: Graph;
  /** Output name → state name, of what else a pass moves on. */
  readonly updates: ReadonlyMap<string, string>;
  /** Outputs to report beside the loss. */
  readonly reports: readonly string[];
}

/**
 * The loss with its `hidden_in` read from the state `name`.
 *
 * @param advance whether a pass moves that state on; where not, `hidden_out` stays among the reports
 */
export function carried(
  { graph, updates, reports }: RecurrentLoss,
  name: HiddenName,
  advance: boolean,
): RecurrentLoss {
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
