/** What the values and nodes of a graph are called: as in the file, without what the exporter puts before names in bodies. */
import type { OnnxNode } from '../../proto/onnx.ts';
import type { Node, Value } from '../../src/graph/types.ts';

/** Where a node is read. */
interface Where {
  /** What the names of what is read in place begin with. */
  readonly path: string;
  /** Whether the node is of the graph itself, not of a branch or function that is read in place. */
  readonly isOwn: boolean;
}

export class GraphNames {
  /** The builder's values and nodes have names of their own until these are given at the end. */
  readonly values = new Map<Value, string>();
  readonly nodes = new Map<Node, string>();
  /** What each name of the file is. */
  readonly inFile = new Map<string, Value>();
  readonly #prefix: string;
  readonly #outputs: ReadonlySet<string>;

  /**
   * @param prefix what the exporter puts before the names of a body (`names.ts`)
   * @param outputs names in the file
   */
  constructor(prefix: string, outputs: readonly string[]) {
    this.#prefix = prefix;
    this.#outputs = new Set(outputs);
  }

  /** A name of the file without what the exporter puts before it in a body. */
  ours(name: string): string {
    return name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : name;
  }

  of(value: Value): string {
    return this.values.get(value) ?? value.name;
  }

  /** A value that a node of the file makes has the file's name; where two names are one value, the first. */
  claim(value: Value, given: string, node: OnnxNode, index: number, { path, isOwn }: Where): void {
    if (isOwn && given !== '') this.inFile.set(given, value);
    const made = value.node;
    if (made === undefined || this.values.has(value)) return;
    const own = this.ours(node.name === '' ? (node.outputs[0] ?? node.opType) : node.name);
    const isOutput = isOwn && this.#outputs.has(given);
    const ours = index === 0 ? own : `${own}.${index}`;
    // An output's name is the output's; the value has that of its node, as the builder gives it.
    const wanted = given === '' || (isOutput && node.name !== '') ? ours : this.ours(given);
    this.values.set(value, path + wanted);
    if (!this.nodes.has(made)) this.nodes.set(made, path + own);
  }
}

/** What a value is called among the outputs of a part, where it is not asked for. */
export function keptName(own: string): string {
  return `kept ${own}`;
}
