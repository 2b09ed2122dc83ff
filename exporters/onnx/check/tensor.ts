/** Whether a tensor holds as much as its shape says. */
import { byteLengthOf } from '../../../proto/onnx.ts';
import type { OnnxSparseTensor, OnnxTensor } from '../../../proto/onnx.ts';
import type { Told } from './context.ts';

export function checkTensor(tensor: OnnxTensor, where: string, faults: Told): void {
  // Which is told already.
  if (tensor.missing === true) return;
  const count = sizeOf(tensor.dims);
  const [given, wanted] =
    tensor.dtype === 'string'
      ? [tensor.data.length, count]
      : [tensor.data.byteLength, byteLengthOf(tensor.dtype, count)];
  if (!tensor.dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    faults.push(`${where} has the shape [${tensor.dims.join(', ')}]`);
  } else if (given !== wanted) {
    const unit = tensor.dtype === 'string' ? 'strings' : 'bytes';
    faults.push(`${where} has the shape [${tensor.dims.join(', ')}], ${wanted} ${unit}, but holds ${given}`);
  }
}

/** The positions are those of the elements in a row, or one coordinate an axis for each; ascending, and within the shape. */
export function checkSparse({ values, indices, dims }: OnnxSparseTensor, where: string, faults: Told): void {
  checkTensor(values, `the values of ${where}`, faults);
  checkTensor(indices, `the positions of ${where}`, faults);
  const [count = 0, ...others] = values.dims;
  if (values.dims.length !== 1 || others.length > 0) {
    faults.push(`the values of ${where} have the shape [${values.dims.join(', ')}], and are to be a list`);
    return;
  }
  // Without values, positions may be left out.
  if (count === 0) return;
  const flat = indices.dims.length === 1;
  const fits =
    indices.dtype === 'int64' &&
    indices.dims[0] === count &&
    (flat || (indices.dims.length === 2 && indices.dims[1] === dims.length));
  if (!fits || indices.dtype !== 'int64') {
    faults.push(
      `the positions of ${where} are ${indices.dtype}[${indices.dims.join(', ')}] for ${count} values of [${dims.join(', ')}]`,
    );
    return;
  }
  const size = BigInt(flat ? 1 : dims.length);
  let before = -1n;
  for (let i = 0; i < count; i++) {
    let position = 0n;
    for (let axis = 0; axis < Number(size); axis++) {
      const coordinate = indices.data[i * Number(size) + axis] ?? -1n;
      const extent = BigInt(flat ? sizeOrHuge(dims) : (dims[axis] ?? 0));
      if (coordinate < 0n || coordinate >= extent) {
        faults.push(`${where} has a value at ${coordinate}, where there are ${extent}`);
        return;
      }
      position = position * extent + coordinate;
    }
    if (position <= before) {
      faults.push(`the positions of ${where} are not in ascending order`);
      return;
    }
    before = position;
  }
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

function sizeOrHuge(dims: readonly number[]): number {
  return Math.min(sizeOf(dims), Number.MAX_SAFE_INTEGER);
}
