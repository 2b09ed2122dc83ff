/** What a model file wants to be fed: its inputs, with their types, and which values they may have. */
import type { OnnxDim, OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { dataInputs } from '../evaluate/image-model.ts';
import { wholeRanges, type WholeRange } from './whole-ranges.ts';
import type { Fed, Shapes } from './whole/shapes.ts';

/** One input that is fed on every run. */
export interface FedInput extends Fed {
  /** Where it holds whole numbers, which: where all inputs are of these shapes. */
  readonly whole: (shapes: Shapes) => WholeRange;
}

/**
 * The inputs that are fed, weights being in the file.
 *
 * @throws NascentError 'onnx/unsupported' where an input is no tensor of numbers, or of no known rank
 */
export function fedInputs(model: OnnxModel): readonly FedInput[] {
  const fed = dataInputs(model).map(({ name, type }): Fed => {
    if (type.kind !== 'tensor' || type.dtype === 'string') {
      const given = type.kind === 'tensor' ? 'a tensor of strings' : `of the kind "${type.kind}"`;
      throw undrawable(name, given);
    }
    if (type.dtype.startsWith('float8') || type.dtype.startsWith('float4')) {
      throw undrawable(name, `a tensor of ${type.dtype}`);
    }
    if (type.shape === undefined) throw undrawable(name, 'a tensor of no known rank');
    const shape = type.shape.map((dim, axis) => named(dim, name, axis));
    return { name, dtype: type.dtype, shape };
  });
  const rangesIn = wholeRanges(model, fed);
  return fed.map((input) => ({ ...input, whole: (shapes) => rangesIn(shapes)(input.name) }));
}

/** What an extent is called: one below 0, or one without a name, is as good as not said. */
export function named(dim: OnnxDim, input: string, axis: number): number | string {
  if (typeof dim === 'number' && dim >= 0) return dim;
  return typeof dim === 'string' && dim !== '' ? dim : `${input}.${axis}`;
}

function undrawable(name: string, what: string): NascentError {
  return new NascentError('onnx/unsupported', `input "${name}" is ${what}, which cannot be drawn`, {
    help: 'Models whose inputs are tensors of numbers are compared.',
  });
}
