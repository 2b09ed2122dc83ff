/** Tensors that are stored in files: what a model is given, and what is expected of it. */
import { NascentError } from '../errors.ts';
import type { OnnxTensor } from '../../proto/onnx.ts';
import type { AnyTensor, AnyTensors, Numbers } from '../runtime/any-tensor.ts';
import { assign, type NamedFile } from '../tensors/assign.ts';
import { numbersOf } from '../tensors/numbers.ts';
import { readTensorFile } from '../tensors/tensor-file.ts';
import type { FedInput } from './fed-inputs.ts';
import type { SeededCase } from './seeded-inputs.ts';

/**
 * One case of stored tensors.
 *
 * @throws NascentError 'input/invalid' where one is missing, or is not what the model takes; as `readTensorFile` does
 */
export async function storedCase(
  inputs: readonly FedInput[],
  files: readonly NamedFile[],
): Promise<SeededCase> {
  const assigned = assign('input', inputs, files);
  const missing = inputs.filter(({ name }) => !assigned.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    throw new NascentError('input/invalid', `no file is given for the input ${missing.join(', ')}`, {
      help: 'Give a file for each input: --inputs NAME=FILE.',
    });
  }
  const feeds = new Map<string, AnyTensor>();
  for (const input of inputs) {
    const file = assigned.get(input.name) ?? '';
    const tensor = anyTensorOf(await readTensorFile(file), file);
    requireFits(input, tensor, file);
    feeds.set(input.name, tensor);
  }
  const batch = feeds.get(inputs[0]?.name ?? '')?.shape[0] ?? 1;
  return { label: 'stored inputs', batch, feeds };
}

/**
 * What is expected of outputs, by their names: of all, or of some.
 *
 * @throws NascentError 'input/unknown', 'input/invalid'; as `readTensorFile` does
 */
export async function storedOutputs(
  outputs: readonly { readonly name: string }[],
  files: readonly NamedFile[],
): Promise<AnyTensors> {
  const assigned = assign('output', outputs, files);
  const expected = new Map<string, AnyTensor>();
  for (const [name, file] of assigned) expected.set(name, anyTensorOf(await readTensorFile(file), file));
  return expected;
}

/** @throws NascentError 'onnx/unsupported' where its elements are text, or bits of a type that is not known */
export function anyTensorOf(tensor: OnnxTensor, file: string): AnyTensor {
  const numbers = tensor.dtype === 'string' ? undefined : numbersOf(tensor);
  if (tensor.dtype === 'string' || numbers === undefined) {
    throw new NascentError('onnx/unsupported', `${file} holds elements of type ${tensor.dtype}`, {
      help: 'Tensors of numbers are compared.',
    });
  }
  return { dtype: tensor.dtype, shape: tensor.dims, data: held(numbers) };
}

function held(numbers: ArrayLike<number>): Numbers {
  return ArrayBuffer.isView(numbers) ? (numbers as Numbers) : Float64Array.from(numbers);
}

function requireFits({ name, dtype, shape }: FedInput, tensor: AnyTensor, file: string): void {
  const fits =
    tensor.dtype === dtype &&
    tensor.shape.length === shape.length &&
    shape.every((dim, axis) => typeof dim === 'string' || dim === tensor.shape[axis]);
  if (fits) return;
  throw new NascentError(
    'input/invalid',
    `${file} holds ${tensor.dtype}[${tensor.shape.join(', ')}], and the input "${name}" is ${dtype}[${shape.join(', ')}]`,
    { help: 'Give the files in the order of the inputs, or as NAME=FILE.' },
  );
}
