/**
 * A runtime that compiles a graph once. What is begun, timed and begun again (`fit.ts`) builds the same graphs twice, and on
 * onnxruntime compiling a supernet takes as long as many of its steps.
 */
import { print } from '../graph/print.ts';
import { sha256 } from '../files/files.ts';
import type { CompileOptions, Program, Runtime, Store } from '../runtime/runtime.ts';

export interface CompiledOnce {
  /** With one store, which `createStore` gives each time: whoever begins writes its starting state into it. */
  readonly runtime: Runtime;
  /** Seconds spent on compiling so far. */
  readonly seconds: () => number;
  dispose(): void;
}

export function compiledOnce(inner: Runtime, now = () => performance.now() / 1000): CompiledOnce {
  const store = inner.createStore();
  // Programs are bound to it, so it outlives those who give it back.
  const lent: Store = { ...store, dispose() {} };
  const programs = new Map<string, Promise<Program>>();
  let seconds = 0;
  const compile = async (graph: Parameters<Runtime['compile']>[0], options: CompileOptions) => {
    const began = now();
    try {
      return await inner.compile(graph, options);
    } finally {
      seconds += now() - began;
    }
  };
  return {
    runtime: {
      name: inner.name,
      device: inner.device,
      createStore: () => lent,
      async compile(graph, options = {}) {
        const bound = { ...options, ...(options.store === lent && { store }) };
        const { store: of, updates, occasional } = bound;
        const key = sha256(
          new TextEncoder().encode(
            JSON.stringify([print(graph), of === store, [...(updates ?? [])], occasional === true]),
          ),
        );
        const known = programs.get(key);
        if (known !== undefined) return known;
        const program = compile(graph, bound);
        programs.set(key, program);
        return program;
      },
    },
    seconds: () => seconds,
    dispose: () => store.dispose(),
  };
}
