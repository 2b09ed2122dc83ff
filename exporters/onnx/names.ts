/**
 * Which value of a graph has which name in the model.
 *
 * A graph's outputs have names of their own; in ONNX an output is a value, so the value takes the output's name. Where
 * it cannot (it is an input, or two outputs are one value) a copy is made. Everything else keeps its name, unless an
 * output has taken it.
 */
import { internal, NascentError } from '../../src/errors.ts';
import type { Graph, Value } from '../../src/graph/types.ts';

/** An `Identity` named after its output and this is such a copy; the importer takes it away again. */
export const outputMark = '.output';

export class ModelNames {
  /** Outputs that are copies of another value. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  readonly #names = new Map<Value, string>();
  readonly #taken = new Set<string>();
  readonly #used: ReadonlySet<Value>;

  constructor(graph: Graph) {
    this.#used = new Set([
      ...graph.nodes.flatMap((node) => node.inputs),
      ...graph.outputs.map((output) => output.value),
    ]);
    for (const { value } of graph.inputs) {
      this.#names.set(value, value.name);
      this.#taken.add(value.name);
    }
    const copied: { value: Value; to: string }[] = [];
    for (const { name, value } of graph.outputs) {
      if (this.#taken.has(name)) throw sharedName(graph, name);
      this.#taken.add(name);
      if (this.#names.has(value)) copied.push({ value, to: name });
      else this.#names.set(value, name);
    }
    for (const value of graph.nodes.flatMap((node) => node.outputs)) {
      if (!this.#names.has(value)) this.#names.set(value, this.fresh(value.name));
    }
    this.copies = copied.map(({ value, to }) => ({ from: this.of(value), to }));
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
    let name = wanted;
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }
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
