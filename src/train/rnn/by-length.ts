/** Programs of one graph for several lengths of text, compiled when a slice of that length first comes. */
import type { Program, Runtime, Store } from '../../runtime/runtime.ts';
import type { StepGraph } from '../step-graph.ts';

export type ProgramFor = (steps: number) => Promise<Program>;

/**
 * A recurrent network is unrolled, so each length is a graph of its own. Lengths are few: at most the longest that is
 * drawn.
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
    const program = runtime.compile(graph, updates === undefined ? { store } : { store, updates });
    programs.set(steps, program);
    return program;
  };
}
