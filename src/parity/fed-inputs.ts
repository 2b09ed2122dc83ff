/** What a model file wants to be fed: its inputs, with their types, and which values they may have. */
import type { OnnxDim, OnnxModel, OnnxNode, OnnxNumericType } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { dataInputs } from '../evaluate/image-model.ts';

/** One input that is fed on every run. */
export interface FedInput {
  readonly name: string;
  readonly dtype: OnnxNumericType;
  /** An extent that the file leaves open has a name: the file's, or `input.axis`. */
  readonly shape: readonly (number | string)[];
  /** Whole numbers are below this: rows of a table that they are looked up in, levels of a pixel. */
  readonly below: number;
}

/**
 * The inputs that are fed, weights being in the file.
 *
 * @throws NascentError 'onnx/unsupported' where an input is no tensor of numbers, or of no known rank
 */
export function fedInputs(model: OnnxModel): readonly FedInput[] {
  return dataInputs(model).map(({ name, type }): FedInput => {
    if (type.kind !== 'tensor' || type.dtype === 'string') {
      const given = type.kind === 'tensor' ? 'a tensor of strings' : `of the kind "${type.kind}"`;
      throw undrawable(name, given);
    }
    if (type.dtype.startsWith('float8') || type.dtype.startsWith('float4')) {
      throw undrawable(name, `a tensor of ${type.dtype}`);
    }
    if (type.shape === undefined) throw undrawable(name, 'a tensor of no known rank');
    const shape = type.shape.map((dim, axis) => named(dim, name, axis));
    return { name, dtype: type.dtype, shape, below: below(model, name, type.dtype, shape.length) };
  });
}

/** An extent below 0, or one without a name, is as good as not said. */
function named(dim: OnnxDim, input: string, axis: number): number | string {
  if (typeof dim === 'number' && dim >= 0) return dim;
  return typeof dim === 'string' && dim !== '' ? dim : `${input}.${axis}`;
}

function undrawable(name: string, what: string): NascentError {
  return new NascentError('onnx/unsupported', `input "${name}" is ${what}, which cannot be drawn`, {
    help: 'Models whose inputs are tensors of numbers are compared.',
  });
}

/** Ops that pass ids on as they are. */
const passing = new Set(['Identity', 'Cast', 'Reshape', 'Unsqueeze', 'Squeeze', 'Flatten', 'Transpose']);

function below(model: OnnxModel, name: string, dtype: OnnxNumericType, rank: number): number {
  if (dtype === 'bool') return 2;
  const limits = limitsOf(model, name);
  if (limits.length > 0) return Math.max(1, Math.min(...limits));
  // Bytes in three dimensions and more are pixels; anything else that is not looked up may be a mask.
  return dtype === 'uint8' && rank >= 3 ? 256 : 2;
}

/** How many ids each reader of a value knows, whoever reads it first passing it on as it is. */
function limitsOf(model: OnnxModel, name: string): readonly number[] {
  const { nodes, initializers } = model.graph;
  const tensors = new Map(initializers.map((tensor) => [tensor.name, tensor]));
  const same = new Set([name]);
  const limits: number[] = [];
  for (const node of nodes) {
    const [first = '', second = ''] = node.inputs;
    if (passing.has(node.opType) && same.has(first)) for (const output of node.outputs) same.add(output);
    if (!node.inputs.some((input) => same.has(input))) continue;
    const table = tensors.get(first);
    if ((node.opType === 'Gather' || node.opType === 'GatherElements') && same.has(second)) {
      const extent = table?.dims.at(axisOf(node));
      if (extent !== undefined) limits.push(extent);
    }
    if (node.opType === 'OneHot' && same.has(first)) {
      const depth = tensors.get(second);
      if (depth !== undefined && depth.dtype !== 'string') limits.push(Number(depth.data[0]));
    }
  }
  return limits;
}

function axisOf({ attributes }: OnnxNode): number {
  const axis = attributes.find((attribute) => attribute.name === 'axis');
  return axis?.kind === 'int' ? Number(axis.value) : 0;
}
