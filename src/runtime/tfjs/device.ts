/**
 * What the executor asks of a tfjs backend. `H` is the backend's own handle of a tensor.
 *
 * Shapes and data that cross this interface are in memory order; `layout.ts` says which that is.
 */
import type { OpName } from '../../graph/attributes.ts';
import type { TensorData } from '../../graph/tensor.ts';
import type { DType, Graph, Node, NodeOf, Value } from '../../graph/types.ts';
import type { Layout } from './layout.ts';

/** A node as a kernel sees it when it is compiled. */
export interface KernelContext<K extends OpName> {
  readonly node: NodeOf<K>;
  readonly attributes: NodeOf<K>['attributes'];
  /** The layout in which each input arrives. */
  readonly inputLayouts: readonly Layout[];
  /** The layout in which each output is to be handed over. */
  readonly outputLayouts: readonly Layout[];
  /** Which outputs anybody reads; the others may be left out at the end. */
  readonly wanted: readonly boolean[];
  /** Which inputs nobody else reads, ever: no other node, and no caller. */
  readonly alone: readonly boolean[];
}

/**
 * Runs a compiled node. Every handle a kernel makes is registered by the device while it runs; the executor frees
 * those that are not outputs.
 */
export type Run<H> = (inputs: readonly H[]) => readonly H[];
export type Kernel<K extends OpName, H> = (context: KernelContext<K>) => Run<H>;

/** A missing own op is replaced by its definition; a missing standard op is a bug. */
export type Kernels<H> = { readonly [K in OpName]?: Kernel<K, H> };

/** Nodes that are computed in one launch. */
export interface Together {
  readonly nodes: readonly Node[];
  /** What they read of others, and what others read of them. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** What a device can do in one launch, of however many nodes. */
export interface SmallWork<H> {
  takes(node: Node, layoutOf: (value: Value) => Layout): boolean;
  /** `run` is given the inputs, and gives the outputs, as they lie. */
  compile(
    together: Together,
    layoutOf: (value: Value) => Layout,
  ): { readonly run: Run<H>; readonly dispose: () => void };
}

export interface Device<H> {
  readonly kernels: Kernels<H>;
  /** Missing where every node is a launch of its own. */
  readonly small?: SmallWork<H> | undefined;
  /** A graph as this device computes it fast. */
  readonly faster?: (graph: Graph) => Graph;
  upload(dtype: DType, shape: readonly number[], data: TensorData): H;
  download(handle: H): TensorData;
  shapeOf(handle: H): readonly number[];
  reshape(handle: H, shape: readonly number[]): H;
  transpose(handle: H, permutation: readonly number[]): H;
  /** The slices of a tensor along its first axis. */
  unstack(handle: H): readonly H[];
  /** Tensors of one shape as one, along a new first axis. */
  stack(dtype: DType, handles: readonly H[]): H;
  /** Within `keeping`, what was made there may be freed before its end. */
  free(handle: H): void;
  /** Runs `body`, then frees every handle made in it but those it returns. */
  keeping(body: () => readonly H[]): readonly H[];
  /** Tensors alive now, for tests. */
  alive(): number;
}
