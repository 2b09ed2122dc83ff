/** A training loss as a graph, whatever network it is the loss of: what every step is made from. */
import { internal } from '../errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { inline, sameInput } from '../graph/inline.ts';
import type { Graph, GraphInput, Value } from '../graph/types.ts';
import type { Updates } from './optimizers.ts';

/** The training loss on a batch, as a function of data, weights and, in a search, alphas. */
export interface LossGraph {
  /** Inputs by role; outputs `loss`, whatever else is reported, and those that replace state. */
  readonly graph: Graph;
  /** Output name → state name: running statistics, a hidden state. */
  readonly updates: ReadonlyMap<string, string>;
  /** Outputs to report beside the loss. */
  readonly reports: readonly string[];
}

/** A loss graph opened in a builder of its own, its inputs the builder's. */
export interface OpenLoss {
  readonly b: GraphBuilder;
  readonly loss: Value;
  readonly reports: Readonly<Record<string, Value>>;
  readonly weights: readonly Value[];
  readonly alphas: readonly Value[];
  /** What the pass itself moves on, by the state it replaces. */
  readonly statistics: Updates;
}

/** @param weight what stands for a weight: by default the weight itself */
export function openLoss(
  { graph, updates, reports }: LossGraph,
  weight: (b: GraphBuilder, input: GraphInput) => Value = sameInput,
): OpenLoss {
  const b = new GraphBuilder();
  const bound = new Map<string, Value>();
  const outputs = inline(b, graph, (input) => {
    const value = input.role === 'weight' ? weight(b, input) : sameInput(b, input);
    bound.set(input.value.name, value);
    return value;
  });
  const output = (name: string): Value => {
    const value = outputs.get(name);
    if (value === undefined) throw internal(`the loss graph has no output "${name}"`);
    return value;
  };
  const withRole = (role: GraphInput['role']) =>
    graph.inputs.flatMap((input) => {
      const value = bound.get(input.value.name);
      return input.role === role && value !== undefined ? [value] : [];
    });
  return {
    b,
    loss: output('loss'),
    reports: Object.fromEntries(reports.map((name) => [name, output(name)])),
    weights: withRole('weight'),
    alphas: withRole('alpha'),
    statistics: new Map([...updates].map(([name, state]) => [state, output(name)])),
  };
}
