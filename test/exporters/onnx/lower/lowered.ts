/** One node of a file, run by the reference runtime: what a lowering means, without regard to what it is made of. */
import { importOnnx, type ImportOptions } from '../../../../exporters/onnx/import.ts';
import { doublesOf, kindOf } from '../../../../exporters/onnx/tensors.ts';
import type { OnnxAttribute, OnnxModel, OnnxTensor } from '../../../../proto/onnx.ts';
import type { Tensor } from '../../../../src/graph/tensor.ts';
import type { Dim } from '../../../../src/graph/types.ts';
import { verify } from '../../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../../src/runtime/reference/runtime.ts';
import { floats, ints, modelOf, node } from '../models.ts';

export interface OneNode {
  readonly op: string;
  /** Of ONNX itself where it is left out. */
  readonly domain?: string;
  readonly opset?: number;
  /** What is fed, or, with a name that is in `constant`, held by the file; undefined is left out. */
  readonly inputs: readonly (OnnxTensor | undefined)[];
  /** Indices of the inputs that are constants of the file. */
  readonly constant?: readonly number[];
  readonly attributes?: Readonly<
    Record<string, number | string | readonly number[] | readonly string[] | OnnxTensor>
  >;
  /** Of these attributes numbers are floats though they are whole. */
  readonly reals?: readonly string[];
  readonly outputs?: number;
  /** Shapes that the file leaves open, by index of the input. */
  readonly open?: Readonly<Record<number, readonly Dim[]>>;
}

export interface Result {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A model of one node: its inputs are x0, x1, …, its outputs y0, y1, …. */
export function modelOfNode(one: OneNode): OnnxModel {
  const {
    op,
    domain = '',
    opset = 17,
    inputs,
    constant = [],
    attributes = {},
    reals = [],
    outputs = 1,
    open = {},
  } = one;
  const names = inputs.map((input, i) => (input === undefined ? '' : `x${i}`));
  const held = inputs.flatMap((input, i) =>
    input !== undefined && constant.includes(i) ? [{ ...input, name: `x${i}` }] : [],
  );
  const made = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const own = Object.entries(attributes).map(([name, value]) => attribute(name, value, reals));
  return modelOf(
    {
      inputs: fedOf(one).map(({ input, i }) => ({
        name: `x${i}`,
        type: { kind: 'tensor', dtype: input.dtype, shape: open[i] ?? input.dims },
      })),
      initializers: held,
      nodes: [node(op, names, made, own, { domain })],
      outputs: made.map((name) => ({ name, type: { kind: 'unknown' } })),
    },
    { opsets: [{ domain: '', version: opset }, ...(domain === '' ? [] : [{ domain, version: 1 }])] },
  );
}

function fedOf({ inputs, constant = [] }: OneNode) {
  return inputs.flatMap((input, i) => (input !== undefined && !constant.includes(i) ? [{ input, i }] : []));
}

/** The outputs of a node. Throws what the import throws. */
export async function outputsOf(one: OneNode, options: ImportOptions = {}): Promise<readonly Result[]> {
  const made = Array.from({ length: one.outputs ?? 1 }, (_, i) => `y${i}`);
  const fed = fedOf(one);
  const model = modelOfNode(one);
  const { graph, weights, outputTypes } = importOnnx(model, undefined, options);
  const feeds = new Map<string, Tensor>([
    ...weights,
    ...fed.map(({ input, i }) => [`x${i}`, tensorOf(input)] as const),
  ]);
  const results = await (await createReferenceRuntime().compile(verify(graph))).run(feeds);
  return made.map((name) => {
    const { shape = [], data = [] } = results.get(name) ?? {};
    return { dtype: outputTypes.get(name) ?? '', shape, data: [...data] };
  });
}

/** The first output of a node. */
export async function outputOf(one: OneNode): Promise<Result> {
  const [first] = await outputsOf(one);
  if (first === undefined) throw new Error('no output');
  return first;
}

function attribute(
  name: string,
  value: NonNullable<OneNode['attributes']>[string],
  reals: readonly string[],
): OnnxAttribute {
  const real = reals.includes(name);
  if (typeof value === 'string') return { name, kind: 'string', value };
  if (typeof value === 'number') {
    return real || !Number.isInteger(value) ? { name, kind: 'float', value } : { name, kind: 'int', value };
  }
  if ('dims' in value) return { name, kind: 'tensor', value };
  const texts = value.filter((entry) => typeof entry === 'string');
  if (texts.length > 0) return { name, kind: 'strings', value: texts };
  const numbers = value.filter((entry) => typeof entry === 'number');
  return { name, kind: real ? 'floats' : 'ints', value: numbers };
}

function tensorOf(tensor: OnnxTensor): Tensor {
  const dtype = kindOf(tensor.dtype) ?? 'float32';
  const values = doublesOf(tensor);
  const data =
    dtype === 'float32' ? values : dtype === 'bool' ? Uint8Array.from(values) : Int32Array.from(values);
  return { dtype, shape: tensor.dims, data };
}

/** A float32 tensor. */
export function f(dims: readonly number[], values: readonly number[]): OnnxTensor {
  return floats('', dims, values);
}

/** A vector of int64. */
export function i(...values: readonly number[]): OnnxTensor {
  return ints('', values);
}

export function bytes(
  dtype: 'uint8' | 'int8',
  dims: readonly number[],
  values: readonly number[],
): OnnxTensor {
  return dtype === 'uint8'
    ? { name: '', dtype, dims, data: Uint8Array.from(values) }
    : { name: '', dtype, dims, data: Int8Array.from(values) };
}
