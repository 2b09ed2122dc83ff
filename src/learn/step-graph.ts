/** The form of a training step: a graph, and which of its outputs replace which state. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/types.ts';

export interface StepGraph {
  readonly graph: Graph;
  /** Output name → state name. */
  readonly updates: ReadonlyMap<string, string>;
}

/** The trained inputs of what has been built so far, in the order in which they were made. */
export function weightsOf(b: GraphBuilder): readonly Value[] {
  return b.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value);
}

/** A graph whose outputs are reports, and updates named `next.<state>`; inputs in `keep` stay even if unused. */
export function finishStep(
  b: GraphBuilder,
  name: string,
  reports: Readonly<Record<string, Value>>,
  updates: ReadonlyMap<string, Value>,
  keep: readonly Value[] = [],
): StepGraph {
  const outputs: Record<string, Value> = { ...reports };
  const targets = new Map<string, string>();
  for (const [state, value] of updates) {
    outputs[`next.${state}`] = value;
    targets.set(`next.${state}`, state);
  }
  return { graph: b.finish(name, outputs, keep), updates: targets };
}
