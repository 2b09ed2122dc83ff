/** What the reading of a graph is told, and what it gives. */
import type { OnnxDataType, OnnxFunction, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { Graph, Node, Shape, Value } from '../../src/graph/types.ts';
import type { Judge } from './judge.ts';
import type { Meetings } from './meetings.ts';
import type { Entry } from './node-reader.ts';
import type { Otherwise } from './otherwise.ts';
import type { Problems } from './problems.ts';
import type { NarrowFloat } from './tensors.ts';

/** What all readings of one file share. */
export interface File {
  readonly problems: Problems;
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  /** How many nodes some are, with what they call and hold. */
  readonly sizeOf: (nodes: readonly OnnxNode[]) => number;
  /** How many nodes have been read in place of others. */
  readonly inPlace: { count: number };
  readonly opsetOf: (domain: string) => number;
  /** What open extents of inputs are taken to be, and which were found to be one. */
  readonly meetings: Meetings;
  /** Values of inputs that are known, by name. */
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** What runs of parts of the graph told, by where it is asked for; undefined where there is no run to ask. */
  readonly told: ReadonlyMap<string, Tensor> | undefined;
  /** What is not computed again to be asked, by name (`ImportOptions.kept`). */
  readonly kept: ReadonlyMap<string, Tensor>;
  /** What is done as some runtimes do it. */
  readonly otherwise: Otherwise;
  /** Whether what is known of shapes is what the file says, so that what does not meet is a fault of the file. */
  readonly judged: boolean;
  /** Whether the file is only checked: then more of it is judged than is read. */
  readonly checks: boolean;
  readonly judge: Judge;
  /** Whether it is only read to see what its values are (`check/body-trial.ts`). */
  readonly isTrial?: boolean;
}

/** What a body's reading asks of the reading of the graph around it. */
export interface Surroundings {
  /** What a name of the graph around stands for. */
  readonly lookUp: (name: string) => Entry | undefined;
  /** The shape of what a name of the graph around stands for, whether it is read or not. */
  readonly shapeOf: (name: string) => Shape | undefined;
  /** What a value of the graph around is called there. */
  readonly nameOf: (value: Value) => string;
  /** Takes over an initializer that a body brought along. */
  readonly hoist: (initializer: OnnxTensor) => Value | undefined;
  /** The node that holds the body, for people. */
  readonly holder: string;
  /** What the exporter puts before the names of the body (`names.ts`). */
  readonly prefix: string;
  /** The types of what the body is given, by input. */
  readonly given: readonly (GivenInput | undefined)[];
  /** How deep the body lies. */
  readonly depth: number;
}

/** The type that an input of a body has, whatever the body says of it. */
export interface GivenInput {
  readonly dtype: Entry['dtype'];
  readonly shape: Shape;
}

/** What was read. */
export interface ReadGraph {
  readonly graph: Graph;
  /** Values of the graph around, for the inputs of a body after its own. */
  readonly captured: readonly Value[];
  /** By the name of the graph's input. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** What each name of the file is in the graph, as far as it is there. */
  readonly values: ReadonlyMap<string, Value>;
  readonly inputTypes: ReadonlyMap<string, OnnxDataType>;
  readonly outputTypes: ReadonlyMap<string, OnnxDataType>;
  /** Nodes that are of narrower floats in the file, those of bodies among them. */
  readonly narrow: ReadonlyMap<Node, NarrowFloat>;
  /** Outputs that have to be told before the rest can be read; the others are then what that is made of. */
  readonly asked: ReadonlySet<string>;
}
