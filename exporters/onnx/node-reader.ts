/**
 * A node of a file, as whoever lowers it sees it: its inputs as tensors of our graph or as known numbers, its
 * attributes, and the builder that takes what it becomes.
 *
 * A lowering asks for the attributes it knows; `finish` then finds those that nobody asked for. An `Unreadable` concerns
 * one node, so that an import can go on and report all of them.
 */
import type { OnnxAttribute, OnnxDataType, OnnxGraph, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import type { DType, Dim, Shape, Value } from '../../src/graph/types.ts';
import { numbersOf, type Known } from './known.ts';
import { placeArithmetic, type Otherwise, type PlaceArithmetic } from './otherwise.ts';
import { shortestFloat } from './tensors.ts';

/** Why a node cannot be one of ours. */
export class Unreadable extends Error {}

/** A node has no end, whatever it is fed. */
export class Endless extends Unreadable {}

/** A node asks for what is not in its list, whatever it is fed. */
export class Misplaced extends Unreadable {}

/** A node draws random numbers, others in each run. */
export class Drawn extends Unreadable {}

/** A node needs numbers that only a run can tell. */
export class Asks extends Unreadable {
  /** By what they are called where the node is. */
  readonly values: ReadonlyMap<string, Value>;

  constructor(message: string, values: ReadonlyMap<string, Value>) {
    super(message);
    this.values = values;
  }
}

/** An input could not be read, which is told already. */
export class Unread extends Error {}

/** What a name of a file stands for. */
export interface Entry {
  /** The file's own type: what comes out of a run has it again. */
  readonly dtype: OnnxDataType;
  readonly shape: Shape;
  /** Where the elements are known already. */
  readonly known?: () => Known | undefined;
  /** Of a sequence (`sequences.ts`), what is in it. */
  readonly items?: readonly Entry[];
  /** The tensor in our graph. Throws `Unreadable` where there can be none. */
  readonly value: () => Value;
}

export interface NodeSource {
  readonly b: GraphBuilder;
  /** Of the operator set that the node is of. */
  readonly opset: number;
  readonly entry: (name: string) => Entry | undefined;
  /** What is done as some runtimes do it. */
  readonly otherwise?: Otherwise;
  /** What a run told of the inputs of this node. */
  readonly told?: ((name: string, value?: Value) => Known | undefined) | undefined;
}

export class NodeReader {
  readonly b: GraphBuilder;
  readonly opset: number;
  readonly node: OnnxNode;
  readonly #source: NodeSource;
  readonly #asked: Set<string>;

  constructor(node: OnnxNode, source: NodeSource, asked: Set<string> = new Set()) {
    this.node = node;
    this.#asked = asked;
    this.b = source.b;
    this.opset = source.opset;
    this.#source = source;
  }

  get op(): string {
    return this.node.opType;
  }

  /** Whether a run can be asked for what is not known. */
  get mayAsk(): boolean {
    return this.#source.told !== undefined;
  }

  get rowsApart(): number {
    return this.#source.otherwise?.rowsApart ?? 0;
  }

  /** How numbers between elements are computed. */
  get places(): PlaceArithmetic {
    return placeArithmetic(this.#source.otherwise?.places);
  }

  get runningWindows(): boolean {
    return this.#source.otherwise?.runningWindows === true;
  }

  get squaresOfAll(): boolean {
    return this.#source.otherwise?.squaresOfAll === true;
  }

  get chirps(): boolean {
    return this.#source.otherwise?.chirps === true;
  }

  /** The same attributes on other inputs: a fused op is one of ONNX's on something else than what the file gives it. */
  on(inputs: readonly (Value | undefined)[], opset: number = this.opset): NodeReader {
    const names = inputs.map((value, i) => (value === undefined ? '' : `${i}`));
    const entry = (name: string): Entry | undefined => {
      const value = inputs[Number(name)];
      if (value === undefined) return undefined;
      return { dtype: value.type.dtype, shape: value.type.shape, value: () => value };
    };
    const source = { ...this.#source, opset, entry, told: undefined };
    return new NodeReader({ ...this.node, inputs: names }, source, this.#asked);
  }

  get outputCount(): number {
    return this.node.outputs.length;
  }

  /** Inputs, those left out at the end not counted. */
  get inputCount(): number {
    return this.node.inputs.findLastIndex((name) => name !== '') + 1;
  }

  /** Whether an optional input is given. */
  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  /** Whether somebody may read an output. */
  wants(index: number): boolean {
    return (this.node.outputs[index] ?? '') !== '';
  }

  #entry(index: number): Entry {
    const name = this.node.inputs[index] ?? '';
    if (name === '') throw new Unreadable(`leaves out input ${index}, which it needs`);
    const entry = this.#source.entry(name);
    if (entry === undefined) throw new Unread();
    return entry;
  }

  tensor(index: number): Value {
    return this.#entry(index).value();
  }

  /** An optional input. */
  maybe(index: number): Value | undefined {
    return this.has(index) ? this.tensor(index) : undefined;
  }

  /** All inputs, of which none is left out. */
  tensors(): readonly Value[] {
    return Array.from({ length: this.inputCount }, (_, index) => this.tensor(index));
  }

  /** An input as float32, whatever numbers it holds. */
  float(index: number): Value {
    return this.as(this.tensor(index), 'float32');
  }

  as(value: Value, dtype: DType): Value {
    return value.type.dtype === dtype ? value : this.b.op('Cast', [value], { to: dtype });
  }

  /** The file's type of an input. */
  dtype(index: number): OnnxDataType {
    return this.#entry(index).dtype;
  }

  shape(index: number): Shape {
    return this.#entry(index).shape;
  }

  /** The elements of an input, where they are known. */
  knownOrNot(index: number): Known | undefined {
    if (!this.has(index)) return undefined;
    return this.#entry(index).known?.() ?? this.#source.told?.(this.node.inputs[index] ?? '');
  }

  /**
   * The elements of an operand; undefined where it is left out.
   *
   * @param why what is said where they are not known
   */
  known(index: number, what: string, why?: string): Known | undefined {
    if (!this.has(index)) return undefined;
    const known = this.knownOrNot(index);
    if (known !== undefined) return known;
    const input = this.node.inputs[index] ?? '';
    this.ask([index], why ?? `computes its ${what} ("${input}"), which must be constant`);
  }

  /** @throws Asks for those of its inputs that are not known */
  ask(indices: readonly number[], why: string): never {
    const unknown = indices.filter((index) => this.has(index) && this.knownOrNot(index) === undefined);
    throw new Asks(why, new Map(unknown.map((index) => [this.node.inputs[index] ?? '', this.tensor(index)])));
  }

  /**
   * A whole number that is worked out from inputs and is none of them.
   *
   * @param name what it is called among what is told
   * @throws Asks where it is not told yet
   */
  toldNumber(name: string, value: Value, why: string): number {
    const told = this.#source.told?.(name, value)?.data[0];
    if (typeof told === 'number') return told;
    throw new Asks(why, new Map([[name, value]]));
  }

  /** Whole numbers, of which some may be open extents. */
  dims(index: number, what: string): readonly Dim[] | undefined {
    const known = this.known(index, what);
    if (known !== undefined && known.dtype !== 'int64') {
      throw new Unreadable(`has ${what} of type ${this.dtype(index)}, not int64`);
    }
    return known?.data;
  }

  numbers(index: number, what: string): readonly number[] | undefined {
    const known = this.known(index, what);
    const values = known === undefined ? undefined : numbersOf(known);
    if (known !== undefined && values === undefined) {
      throw new Unreadable(`has ${what} [${known.data.join(', ')}], which depends on an open extent`);
    }
    return values;
  }

  /** A number that the node has as an attribute in older operator sets, or in an input. */
  number(index: number, what: string): number | undefined {
    return this.numbers(index, what)?.[0];
  }

  /** Axes and the like: an attribute before some operator set, an input from then on. */
  list(name: string, index: number): readonly number[] | undefined {
    return this.ints(name) ?? this.numbers(index, name);
  }

  attribute(name: string): OnnxAttribute | undefined {
    this.#asked.add(name);
    return this.node.attributes.find((attribute) => attribute.name === name);
  }

  int(name: string, fallback?: number): number {
    const found = this.attribute(name);
    if (found === undefined && fallback !== undefined) return fallback;
    if (found?.kind !== 'int') throw new Unreadable(`needs the integer attribute "${name}"`);
    return toNumber(found.value);
  }

  flag(name: string, fallback: 0 | 1): 0 | 1 {
    const value = this.int(name, fallback);
    if (value !== 0 && value !== 1) throw new Unreadable(`has ${name}=${value}, which must be 0 or 1`);
    return value;
  }

  ints(name: string): readonly number[] | undefined {
    const found = this.attribute(name);
    if (found === undefined) return undefined;
    if (found.kind !== 'ints') throw new Unreadable(`needs a list of integers in "${name}"`);
    return found.value.map(toNumber);
  }

  real(name: string, fallback: number): number {
    const found = this.attribute(name);
    if (found !== undefined && found.kind !== 'float') throw new Unreadable(`needs a number in "${name}"`);
    return this.#said(found?.value ?? fallback);
  }

  floats(name: string): readonly number[] | undefined {
    const found = this.attribute(name);
    if (found === undefined) return undefined;
    if (found.kind !== 'floats') throw new Unreadable(`needs a list of numbers in "${name}"`);
    return found.value.map((value) => this.#said(value));
  }

  /** Attributes are float32. Among float32, the decimal that was meant is as good; doubles are computed with what is there. */
  #said(value: number): number {
    const name = this.node.inputs[0] ?? '';
    const isDouble = name !== '' && this.#source.entry(name)?.dtype === 'float64';
    return isDouble ? Math.fround(value) : shortestFloat(value);
  }

  string(name: string, fallback: string): string {
    const found = this.attribute(name);
    if (found === undefined) return fallback;
    if (found.kind !== 'string') throw new Unreadable(`needs a text in "${name}"`);
    return found.value;
  }

  strings(name: string): readonly string[] | undefined {
    const found = this.attribute(name);
    if (found === undefined) return undefined;
    if (found.kind !== 'strings') throw new Unreadable(`needs a list of texts in "${name}"`);
    return found.value;
  }

  graph(name: string): OnnxGraph {
    const found = this.attribute(name);
    if (found?.kind !== 'graph') throw new Unreadable(`needs a graph in "${name}"`);
    return found.value;
  }

  tensorAttribute(name: string): OnnxTensor | undefined {
    const found = this.attribute(name);
    return found?.kind === 'tensor' ? found.value : undefined;
  }

  /** An attribute that has only one value here. */
  only(name: string, allowed: number | string): void {
    const value = typeof allowed === 'number' ? this.int(name, allowed) : this.string(name, allowed);
    if (value !== allowed) throw new Unreadable(`has ${name}=${value}; only ${allowed} is supported`);
  }

  /** Attributes whose value makes no difference here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** What nobody asked for changes the meaning in a way that would be missed. */
  finish(): void {
    // Before opset 6, which inputs a runtime might write over.
    if (this.opset < 6) this.ignore('consumed_inputs');
    const unknown = this.node.attributes.filter(({ name }) => !this.#asked.has(name));
    if (unknown.length === 0) return;
    throw new Unreadable(
      `has attributes that are not supported: ${unknown.map(({ name }) => name).join(', ')}`,
    );
  }
}

/** Beyond what a number holds exactly there is only "as far as it goes" (Slice to the end): clamped. */
function toNumber(value: number | bigint): number {
  if (typeof value === 'number') return value;
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
  if (value < Number.MIN_SAFE_INTEGER) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}

/** The value, or a complaint that it is missing. */
export function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Unreadable(`lacks its ${what}`);
  return value;
}

/** An extent that must be a number. */
export function numberOf(dim: Dim | undefined, what: string): number {
  if (typeof dim === 'number') return dim;
  throw new Unreadable(`needs to know ${what}, which is "${dim ?? '?'}"`);
}
