/** The reference runtime, and a record of every run: what it was fed, and what state it found. */
import type { Tensor, Tensors } from '../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';

export interface SpiedRun {
  /** The name of the graph. */
  readonly graph: string;
  readonly feeds: Tensors;
  /** Before the run, of the state that the graph reads. */
  readonly state: Tensors;
}

/** `runs` fills as the runtime is used, oldest first. */
export function spyRuntime(): { readonly runtime: Runtime; readonly runs: readonly SpiedRun[] } {
  const inner = createReferenceRuntime();
  const runs: SpiedRun[] = [];
  const runtime: Runtime = {
    ...inner,
    async compile(graph, options) {
      const program = await inner.compile(graph, options);
      const names = graph.inputs.map(({ value }) => value.name);
      return {
        dispose: () => program.dispose(),
        async run(feeds) {
          const { store } = options ?? {};
          const state = await store?.read(names.filter((name) => store.has(name)));
          runs.push({ graph: graph.name, feeds, state: state ?? new Map<string, Tensor>() });
          return program.run(feeds);
        },
      };
    },
  };
  return { runtime, runs };
}

/** The numbers that a run was fed as `name`, or found in its state. */
export function numbersIn({ feeds, state }: SpiedRun, name: string): number[] {
  const tensor = feeds.get(name) ?? state.get(name);
  if (tensor === undefined) throw new Error(`the run was not given "${name}"`);
  return [...tensor.data];
}
