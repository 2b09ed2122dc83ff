/** Whether tensors that are given are what a model takes: told before it is run, and of every runtime alike. */
import type { OnnxTensor } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import type { Port } from './open.ts';

/** @throws NascentError 'input/invalid' where a tensor is of another type, rank or extent than its input */
export function requireFitting(ports: readonly Port[], given: ReadonlyMap<string, OnnxTensor>): void {
  for (const { name, dtype, shape } of ports) {
    const tensor = given.get(name);
    if (tensor === undefined || dtype === undefined) continue;
    const isOther = dtype !== tensor.dtype;
    // What has no extents is a number, or says nothing of them.
    if (!isOther && (shape === undefined || shape.length === 0 || fits(tensor.dims, shape))) continue;
    const takes = `${dtype}${shape === undefined ? '' : `[${shape.join(', ')}]`}`;
    throw new NascentError(
      'input/invalid',
      `the input "${name}" is given as ${tensor.dtype}[${tensor.dims.join(', ')}], and the model takes ${takes}`,
      {
        help: isOther
          ? `Convert it first; in NumPy: x.astype("${dtype}").`
          : 'Give a tensor of that shape; in NumPy, x.reshape changes it.',
      },
    );
  }
}

/** An extent that is open takes any; some runtimes call it a number below 0. */
function fits(dims: readonly number[], shape: readonly (number | string)[]): boolean {
  return (
    dims.length === shape.length &&
    shape.every((extent, axis) => typeof extent === 'string' || extent < 0 || extent === dims[axis])
  );
}
