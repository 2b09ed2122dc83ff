/** Programs of one graph for several lengths of text, compiled when a slice of that length first comes. */
import type { Program, Runtime, Store } from '../../runtime/runtime.ts';
import type { StepGraph } from '../../learn/step-graph.ts';

export type ProgramFor = (steps: number) => Promise<Program>;

/**
 * A recurrent network is unrolled, so each length is a graph of its own. Lengths are few: at most the longest that is
 * drawn. The length that is asked for first is taken for the usual one.
 */
export function programsByLength(
  runtime: Runtime,
  store: Store,
  build: (steps: number) => Pick<StepGraph, 'graph'> & Partial<StepGraph>,
): ProgramFor {
  const programs = new Map<number, Promise<Program>>();
  return (steps) => {
    const known = programs.get(steps);
    if (known !== undefined) return known;
    const { graph, updates } = build(steps);
    const occasional = programs.size > 0;
    const program = runtime.compile(graph, { store, occasional, ...(updates !== undefined && { updates }) });
    programs.set(steps, program);
    return program;
  };
}
