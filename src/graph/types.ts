/**
 * What a graph is made of.
 *
 * A graph is a pure function, written as a list of nodes in topological order. The vocabulary is ONNX's (opset 17),
 * so that exporting is renaming rather than translating; what ONNX lacks lives in a domain of our own, and each such
 * op has a definition in standard ops (`definitions.ts`). Tensors are NCHW. Everything here is immutable data: a pass
 * builds a new graph (`rebuild.ts`).
 */
import type { OpAttributes, OpName } from './attributes.ts';

/** One extent of a shape: a number, or the name of an extent that is known only when the graph runs (`'batch'`). */
export type Dim = number | string;
/** Extents, outermost first: [N, C, H, W] for images. */
export type Shape = readonly Dim[];

/** Graph types, not storage: the reference runtime computes `float32` in double precision. */
export type DType = 'float32' | 'int64' | 'bool';

/** What is known of a tensor before a graph runs. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What an input is for. Counting, initialising, decaying and exporting are decided by role. */
export type InputRole =
  /** Fed on every run: images, labels, masks, learning rates. */
  | 'data'
  /** Trained: counted as a parameter, decayed, clipped. */
  | 'weight'
  /** Architecture parameters. */
  | 'alpha'
  /** State that is not trained: running statistics. */
  | 'buffer'
  /** What an optimizer keeps: momentum, Adam's moments. */
  | 'optimizer';

/** How a state input starts: uniform within `bound` of `middle`, or of 0; normal around 0. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number; readonly middle?: number }
  | { readonly kind: 'normal'; readonly deviation: number };

/** One tensor flowing in a graph: an output of a node, or an input of the graph (`node` is absent). */
export interface Value {
  /** Unique in its graph. */
  readonly id: number;
  /** Unique in its graph, hierarchical: `cells.0.edge.1.sep_conv_3x3.conv`. */
  readonly name: string;
  readonly type: TensorType;
  readonly node?: Node;
  /** Which output of `node` this is. */
  readonly output: number;
}

/** One application of an op. A union over ops, so that `node.op` narrows `node.attributes`. */
export type Node = { [K in OpName]: NodeOf<K> }[OpName];

export interface NodeOf<K extends OpName> {
  readonly id: number;
  readonly name: string;
  readonly op: K;
  readonly attributes: OpAttributes[K];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** An input of a graph: a value without a node, and what it is for. */
export interface GraphInput {
  readonly value: Value;
  readonly role: InputRole;
  readonly initializer?: Initializer;
}

/** A value that a graph gives, under a name. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** A pure function of its inputs: state, data and random numbers come in, new state goes out. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  /** In topological order; every node is needed by some output. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
}
