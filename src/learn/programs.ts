/** Programs of one graph for several sizes of batch, or lengths of text, compiled when the first of that size comes. */
import type { Tensor } from '../graph/tensor.ts';
import type { Program, Runtime, Store } from '../runtime/runtime.ts';
import type { StepGraph } from './step-graph.ts';

export type ProgramFor = (size: number) => Promise<Program>;

/**
 * A gradient is built for a known batch, and a recurrent network is unrolled, so each size is a graph of its own. Sizes
 * are few: an epoch's last batch may be short, a text's slices are at most as long as the longest that is drawn. The size
 * that is asked for first is taken for the usual one.
 */
export function programsBySize(
  runtime: Runtime,
  store: Store,
  build: (size: number) => Pick<StepGraph, 'graph'> & Partial<StepGraph>,
): ProgramFor {
  const programs = new Map<number, Promise<Program>>();
  return (size) => {
    const known = programs.get(size);
    if (known !== undefined) return known;
    const { graph, updates } = build(size);
    const occasional = programs.size > 0;
    const program = runtime.compile(graph, { store, occasional, ...(updates !== undefined && { updates }) });
    programs.set(size, program);
    return program;
  };
}

/** The single number in an output. */
export function numberOf(outputs: ReadonlyMap<string, Tensor>, name: string): number {
  return outputs.get(name)?.data[0] ?? Number.NaN;
}
