/**
 * Reads what a node of a file says, complaining about what it cannot mean here.
 *
 * A form asks for the attributes it knows; `finish` then finds those that nobody asked for. An `Unreadable` concerns
 * one node, so that an import can go on and report all of them.
 */
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import type { TensorType } from '../../src/graph/types.ts';
import { shortestFloat } from './tensors.ts';

/** Why a node cannot be one of ours. */
export class Unreadable extends Error {}

export class NodeReader {
  /** Types of the inputs that are tensors in our graph. */
  readonly types: readonly TensorType[];
  readonly #node: OnnxNode;
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  readonly #asked = new Set<string>();

  constructor(node: OnnxNode, types: readonly TensorType[], constants: ReadonlyMap<string, OnnxTensor>) {
    this.#node = node;
    this.types = types;
    this.#constants = constants;
  }

  get outputCount(): number {
    return this.#node.outputs.length;
  }

  /** The shape of input 0. */
  get shape(): TensorType['shape'] {
    return this.types[0]?.shape ?? [];
  }

  attribute(name: string): OnnxAttribute | undefined {
    this.#asked.add(name);
    return this.#node.attributes.find((attribute) => attribute.name === name);
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

  float(name: string, fallback: number): number {
    const found = this.attribute(name);
    if (found === undefined) return fallback;
    if (found.kind !== 'float') throw new Unreadable(`needs a number in "${name}"`);
    return shortestFloat(found.value);
  }

  string(name: string, fallback: string): string {
    const found = this.attribute(name);
    if (found === undefined) return fallback;
    if (found.kind !== 'string') throw new Unreadable(`needs a text in "${name}"`);
    return found.value;
  }

  graph(name: string): OnnxGraph {
    const found = this.attribute(name);
    if (found?.kind !== 'graph') throw new Unreadable(`needs a graph in "${name}"`);
    return found.value;
  }

  /** An attribute that has only one value here. */
  only(name: string, allowed: number | string): void {
    const value = typeof allowed === 'number' ? this.int(name, allowed) : this.string(name, allowed);
    if (value !== allowed) throw new Unreadable(`has ${name}=${value}; only ${allowed} is supported`);
  }

  /** An attribute whose value makes no difference here. */
  ignore(name: string): void {
    this.#asked.add(name);
  }

  /** A constant input; undefined where it is left out. */
  operand(index: number, what: string): OnnxTensor | undefined {
    const name = this.#node.inputs[index] ?? '';
    if (name === '') return undefined;
    const constant = this.#constants.get(name);
    if (constant === undefined)
      throw new Unreadable(`computes its ${what} ("${name}"), which must be constant`);
    return constant;
  }

  operandInts(index: number, what: string): readonly number[] | undefined {
    const tensor = this.operand(index, what);
    if (tensor === undefined) return undefined;
    if (tensor.dtype === 'int64') return Array.from(tensor.data, toNumber);
    if (tensor.dtype === 'int32') return Array.from(tensor.data);
    throw new Unreadable(`has ${what} of type ${tensor.dtype}, not int64`);
  }

  /** What nobody asked for changes the meaning in a way that would be missed. */
  finish(): void {
    const unknown = this.#node.attributes.filter(({ name }) => !this.#asked.has(name));
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

export function pair(values: readonly number[], what: string): readonly [number, number] {
  const [first, second] = values;
  if (values.length !== 2 || first === undefined || second === undefined) {
    throw new Unreadable(`has ${what} [${values.join(', ')}]; only images, with 2, are supported`);
  }
  return [first, second];
}
