/**
 * Which value of a graph has which name in the model.
 *
 * A graph's outputs have names of their own; in ONNX an output is a value, so the value takes the output's name. Where
 * it cannot (it is an input, or two outputs are one value) a copy is made. Everything else keeps its name, unless an
 * output has taken it. What is inside a body is named after the node that the body belongs to.
 */
import { internal, NascentError } from '../../src/errors.ts';
import type { Graph, Value } from '../../src/graph/types.ts';

/** An `Identity` named after its output and this is such a copy; the importer takes it away again. */
export const outputMark = '.output';

/** What a body's names must go with: those of the graphs around it. */
export interface OuterNames {
  readonly names: ModelNames;
  /** Before every name of the body: the node it belongs to, and a dot. */
  readonly prefix: string;
  /** Names of inputs of the body that ONNX takes from the graph around instead. */
  readonly captured: ReadonlyMap<Value, string>;
}

export class ModelNames {
  /** Outputs that are copies of another value. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  /** The outputs of the graph, in order. */
  readonly outputs: readonly string[];
  readonly #names = new Map<Value, string>();
  /** Of values, over all graphs of the model: ONNX has one set for them. */
  readonly #taken: Set<string>;
  /** Of nodes, likewise. */
  readonly #nodes: Set<string>;
  readonly #prefix: string;
  readonly #used: ReadonlySet<Value>;

  constructor(graph: Graph, outer?: OuterNames) {
    this.#taken = outer === undefined ? new Set() : outer.names.#taken;
    this.#nodes = outer === undefined ? new Set(graph.nodes.map((node) => node.name)) : outer.names.#nodes;
    this.#prefix = outer?.prefix ?? '';
    this.#used = new Set([
      ...graph.nodes.flatMap((node) => node.inputs),
      ...graph.outputs.map((output) => output.value),
    ]);
    for (const { value } of graph.inputs) {
      this.#names.set(value, outer?.captured.get(value) ?? this.fresh(`${this.#prefix}${value.name}`));
    }
    const copied: { value: Value; to: string }[] = [];
    this.outputs = graph.outputs.map(({ name, value }) => {
      if (outer === undefined && this.#taken.has(name)) throw sharedName(graph, name);
      const to = this.fresh(`${this.#prefix}${name}`);
      if (this.#names.has(value)) copied.push({ value, to });
      else this.#names.set(value, to);
      return to;
    });
    for (const value of graph.nodes.flatMap((node) => node.outputs)) {
      if (!this.#names.has(value)) this.#names.set(value, this.fresh(`${this.#prefix}${value.name}`));
    }
    this.copies = copied.map(({ value, to }) => ({ from: this.of(value), to }));
  }

  /** The name of a node of this graph: its own, or in a body one that no other node has. */
  ofNode(own: string): string {
    if (this.#prefix === '') return own;
    const name = unused(this.#nodes, `${this.#prefix}${own}`);
    this.#nodes.add(name);
    return name;
  }

  of(value: Value): string {
    const name = this.#names.get(value);
    if (name === undefined) throw internal(`"${value.name}" is not in the graph that is exported`);
    return name;
  }

  /** Whether a node or an output of the graph reads `value`. */
  isUsed(value: Value): boolean {
    return this.#used.has(value);
  }

  /** `wanted`, or that with a number where it is taken. */
  fresh(wanted: string): string {
    const name = unused(this.#taken, wanted);
    this.#taken.add(name);
    return name;
  }
}

function unused(taken: ReadonlySet<string>, wanted: string): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
  return name;
}

function sharedName(graph: Graph, name: string): NascentError {
  return new NascentError(
    'onnx/unsupported',
    `graph "${graph.name}" has two inputs or outputs named "${name}"`,
    {
      help: 'ONNX has one set of names for both: rename the output.',
    },
  );
}
