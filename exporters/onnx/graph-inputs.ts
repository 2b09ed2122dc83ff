/**
 * What goes into a graph that is read: the inputs that the file has, a weight for each initializer, and in a body what it
 * takes from the graph around it.
 */
import type {
  OnnxDataType,
  OnnxGraph,
  OnnxNode,
  OnnxTensor,
  OnnxType,
  OnnxValueInfo,
} from '../../proto/onnx.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import { extentName } from '../../src/graph/extent.ts';
import { showShape } from '../../src/graph/infer/rule.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { Dim, InputRole, Value } from '../../src/graph/types.ts';
import type { GraphNames } from './graph-names.ts';
import { knownOnce } from './host.ts';
import { largestKnown } from './known.ts';
import { Unreadable } from './node-reader.ts';
import type { Scope } from './scope.ts';
import type { File, GivenInput, Surroundings } from './surroundings.ts';
import { fromOnnxTensor, kindOf, readableTypes } from './tensors.ts';
import { agrees, typeText } from './told-types.ts';

export class GraphInputs {
  /** By input. */
  readonly weights = new Map<Value, Tensor>();
  /** Values of the graph around, by the input that stands for them here. */
  readonly captured = new Map<Value, Value>();
  /** The file's own types of the inputs that are fed, by name. */
  readonly types = new Map<string, OnnxDataType>();
  readonly #b: GraphBuilder;
  readonly #names: GraphNames;
  readonly #file: File;
  readonly #outer: Surroundings | undefined;
  readonly #statistics: ReadonlySet<string>;
  #count = 0;

  /** @param statistics initializers that are kept, not trained */
  constructor(
    b: GraphBuilder,
    names: GraphNames,
    file: File,
    statistics: ReadonlySet<string>,
    outer?: Surroundings,
  ) {
    this.#b = b;
    this.#names = names;
    this.#file = file;
    this.#statistics = statistics;
    this.#outer = outer;
  }

  /** An input that is fed; undefined, and a problem, where it is none that a graph of ours takes. */
  add({ name, type: said }: OnnxValueInfo, given: GivenInput | undefined, scope: Scope): Value | undefined {
    const type: OnnxType = given === undefined ? said : { kind: 'tensor', ...given };
    if (given !== undefined && said.kind === 'tensor' && !agrees(said, given.dtype, given.shape)) {
      // Of types alone, the checker says the same in the same words.
      const is = given.dtype === said.dtype ? `${given.dtype}${showShape(given.shape)}` : given.dtype;
      this.#file.problems.add(
        `${this.#outer?.holder ?? ''}: input "${name}" of its body is said to be ${typeText(said)}, and is given ${is}`,
        'type',
      );
    }
    const dtype = type.kind === 'tensor' ? kindOf(type.dtype) : undefined;
    if (type.kind === 'unknown') {
      this.#file.problems.add(`input "${name}" has no type`);
      return undefined;
    }
    if (type.kind !== 'tensor' || dtype === undefined) {
      const given = type.kind === 'tensor' ? type.dtype : `a ${type.kind}`;
      this.#file.problems.add(
        `input "${name}" is ${given}; tensors of ${readableTypes.join(', ')} are supported`,
      );
      return undefined;
    }
    if (type.shape === undefined) {
      this.#file.problems.add(`input "${name}" has no shape`);
      return undefined;
    }
    // An extent that nothing is known of is open under a name of its own.
    const shape = type.shape.map((dim, axis) =>
      typeof dim === 'number' ? dim : this.#file.meetings.extentOf(extentName(dim ?? `${name}.${axis}`)),
    );
    const feed = this.#outer === undefined ? this.#file.feeds.get(name) : undefined;
    const value = this.#newInput(this.#names.ours(name), dtype, feed?.shape ?? shape, 'data');
    this.types.set(this.#names.ours(name), type.dtype);
    this.#names.inFile.set(name, value);
    const known = () =>
      feed === undefined || feed.data.length > largestKnown
        ? undefined
        : { dtype, shape: feed.shape, data: [...feed.data] };
    scope.set(name, { dtype: type.dtype, shape: value.type.shape, known, value: () => value });
    return value;
  }

  /** The input that stands for a value of the graph around. */
  capture(value: Value): Value {
    for (const [input, outer] of this.captured) if (outer === value) return input;
    const input = this.#newInput(
      this.#outer?.nameOf(value) ?? value.name,
      value.type.dtype,
      value.type.shape,
      'data',
    );
    this.captured.set(input, value);
    return input;
  }

  /** Initializers become inputs with a weight each; in a body, of the graph around. */
  initializers(graph: OnnxGraph, scope: Scope): void {
    for (const { values } of graph.sparseInitializers ?? []) {
      this.#file.problems.add(`initializer "${values.name}" is sparse, which is not supported`);
    }
    for (const tensor of graph.initializers) {
      const base = { dtype: tensor.dtype, shape: tensor.dims, known: knownOnce(tensor) };
      if (this.#outer === undefined) {
        const held = fromOnnxTensor(tensor);
        const value = typeof held === 'string' ? undefined : this.#weight(tensor.name, held);
        scope.set(tensor.name, {
          ...base,
          value: () => {
            if (value !== undefined) return value;
            throw new Unreadable(
              `reads "${tensor.name}", which ${typeof held === 'string' ? held : 'is gone'}`,
            );
          },
        });
      } else {
        const { hoist } = this.#outer;
        let input: Value | undefined;
        scope.set(tensor.name, {
          ...base,
          value: () => {
            const outer = input ?? hoist(tensor);
            if (outer === undefined) throw new Unreadable(`reads "${tensor.name}", which cannot be read`);
            return (input ??= this.capture(outer));
          },
        });
      }
    }
  }

  /** For a body: an initializer of its own, as a weight here. */
  hoisted(tensor: OnnxTensor): Value | undefined {
    if (this.#outer !== undefined) {
      const outer = this.#outer.hoist(tensor);
      return outer === undefined ? undefined : this.capture(outer);
    }
    const held = fromOnnxTensor(tensor);
    return typeof held === 'string' ? undefined : this.#weight(tensor.name, held);
  }

  /** What was computed before, as a weight. */
  kept(name: string, tensor: Tensor): Value {
    const value = this.#newInput(name, tensor.dtype, tensor.shape, 'buffer');
    this.weights.set(value, tensor);
    return value;
  }

  /**
   * Gives a node inputs with the extents that they are known to have by now, in a graph that is then read again. False where they
   * are those that it had.
   */
  unite({ inputs }: OnnxNode, scope: Scope): boolean {
    let isOther = false;
    for (const name of inputs) {
      const entry = scope.get(name);
      const kind = entry === undefined ? undefined : kindOf(entry.dtype);
      if (entry === undefined || kind === undefined || entry.items !== undefined) continue;
      const shape = entry.shape.map(this.#file.meetings.extentOf);
      if (shape.every((dim, axis) => dim === entry.shape[axis])) continue;
      const value = this.#newInput(name, kind, shape, 'data');
      scope.set(name, { ...entry, shape, value: () => value });
      isOther = true;
    }
    return isOther;
  }

  #weight(name: string, held: Tensor): Value {
    const trained = held.dtype === 'float32' && !this.#statistics.has(name);
    const value = this.#newInput(name, held.dtype, held.shape, trained ? 'weight' : 'buffer');
    this.weights.set(value, held);
    this.#names.inFile.set(name, value);
    return value;
  }

  #newInput(name: string, dtype: Value['type']['dtype'], shape: readonly Dim[], role: InputRole): Value {
    // The builder's own names must not meet; the file's are given at the end.
    const value = this.#b.input(`input ${this.#count++}`, shape, { dtype, role });
    this.#names.values.set(value, name);
    return value;
  }
}
