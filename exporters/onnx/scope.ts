/** What names of a file stand for, in a graph, or in the branch or function that is read inside it. */
import type { OnnxGraph } from '../../proto/onnx.ts';
import { extentName } from '../../src/graph/extent.ts';
import type { Shape } from '../../src/graph/types.ts';
import type { Entry } from './node-reader.ts';

/** What a scope is asked for by those inside it. */
interface Around {
  get(name: string): Entry | undefined;
  shapeOf(name: string): Shape | undefined;
}

export class Scope {
  /** Of the operator sets that its nodes are of. */
  readonly opset: number;
  readonly #entries = new Map<string, Entry>();
  readonly #around: Around | undefined;
  /** The shapes of what is not read, as far as they are known. */
  readonly #made = new Map<string, Shape>();
  readonly #graph: OnnxGraph | undefined;
  #said: ReadonlyMap<string, Shape> | undefined;

  /** @param graph what its nodes are in, if they are in no function */
  constructor(opset: number, around?: Around, graph?: OnnxGraph) {
    this.opset = opset;
    this.#around = around;
    this.#graph = graph;
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name) ?? this.#around?.get(name);
  }

  set(name: string, entry: Entry): void {
    if (name !== '') this.#entries.set(name, entry);
  }

  /** Notes a shape of what is not read. */
  guess(name: string, shape: Shape | undefined): void {
    if (name !== '' && shape !== undefined) this.#made.set(name, shape);
  }

  /** The shape of what is not read, as its node gives it. */
  madeShape(name: string): Shape | undefined {
    return this.#entries.has(name) ? undefined : this.#made.get(name);
  }

  /** The shape of a tensor, whether it is read or not: as its node gives it, and as the file says. */
  shapeOf(name: string): Shape | undefined {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry.items === undefined ? entry.shape : undefined;
    const [made, said] = [this.#made.get(name), this.#shapeSaid(name)];
    if (made === undefined || said?.length !== made.length)
      return made ?? said ?? this.#around?.shapeOf(name);
    return made.map((dim, axis) => (typeof dim === 'number' ? dim : (said[axis] ?? dim)));
  }

  #shapeSaid(name: string): Shape | undefined {
    const { inputs = [], valueInfo = [], outputs = [] } = this.#graph ?? {};
    this.#said ??= new Map(
      [...inputs, ...valueInfo, ...outputs].flatMap(({ name: of, type }): [string, Shape][] => {
        if (type.kind !== 'tensor' || type.shape === undefined) return [];
        // Names of extents are the file's own affair.
        const shape = type.shape.map((dim, axis) =>
          typeof dim === 'number' ? dim : extentName(`${of}.${axis}`),
        );
        return [[of, shape]];
      }),
    );
    return this.#said.get(name);
  }
}
