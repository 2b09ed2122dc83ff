/**
 * What a runtime is: it compiles a graph into a program, and keeps state on its device between runs.
 *
 * Several programs work on one set of weights (an alpha step, a weight step, an evaluation), so state lives in a
 * `Store` of its own rather than in a program: a run reads from it, and writes back what the program says it updates.
 * A step moves a batch in and a few scalars out, never the weights.
 */
import type { Graph } from '../graph/types.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';
import type { RuntimeName } from './registry.ts';

export type { RuntimeName } from './registry.ts';

/** Named tensors on a device. */
export interface Store {
  /** Adds tensors, or replaces those of the same name. */
  write(tensors: Tensors): void;
  /** Copies tensors to the host: those named, or all. Throws where a name is unknown. */
  read(names?: Iterable<string>): Promise<Map<string, Tensor>>;
  has(name: string): boolean;
  names(): readonly string[];
  dispose(): void;
}

/** How a graph becomes a program. */
export interface CompileOptions {
  /** Inputs of the graph that the store has are read from there; the others are fed. */
  readonly store?: Store;
  /** Graph outputs that replace state, as output name → state name. They are not returned from a run. */
  readonly updates?: ReadonlyMap<string, string>;
  /** One of many programs that run now and then: it had better hold no memory between its runs. */
  readonly occasional?: boolean;
}

/** A compiled graph. */
export interface Program {
  /** Runs once. `feeds` are all inputs that are not state. Updates take effect only if the whole run succeeds. */
  run(feeds: Tensors): Promise<Map<string, Tensor>>;
  dispose(): void;
}

/** Something that runs graphs. */
export interface Runtime {
  readonly name: RuntimeName;
  /** The device for people: `cpu`, or the name of an accelerator. */
  readonly device: string;
  createStore(): Store;
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
}
