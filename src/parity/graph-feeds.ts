/** Feeds of a file as those of the graph that was read from it, which knows fewer types. */
import { NascentError } from '../errors.ts';
import type { Graph } from '../graph/types.ts';
import type { Tensor, TensorData, Tensors } from '../graph/tensor.ts';
import { isFloat, type AnyTensor, type AnyTensors } from '../runtime/any-tensor.ts';

/**
 * What the graph has no input for is left as it is, for the runtime to refuse.
 *
 * @throws NascentError 'input/invalid' where a whole number takes more than the 32 bits that a graph keeps: cut off, it would
 * be another number, and what is computed from it no truth
 */
export function asFed(graph: Graph, feeds: AnyTensors): Tensors {
  const types = new Map(graph.inputs.map(({ value }) => [value.name, value.type.dtype]));
  return new Map(
    [...feeds].map(([name, tensor]): [string, Tensor] => {
      const dtype = types.get(name) ?? 'float32';
      return [name, { dtype, shape: tensor.shape, data: heldAs(name, dtype, tensor) }];
    }),
  );
}

/**
 * The feeds that are no fractions, as a graph of ours holds them.
 *
 * @throws NascentError 'input/invalid' as `asFed`
 */
export function wholeNumbers(feeds: AnyTensors): Tensors {
  const whole = [...feeds].filter(([, { dtype }]) => !isFloat(dtype));
  return new Map(
    whole.map(([name, tensor]): [string, Tensor] => {
      const dtype = tensor.dtype === 'bool' ? 'bool' : 'int64';
      return [name, { dtype, shape: tensor.shape, data: heldAs(name, dtype, tensor) }];
    }),
  );
}

/** The array that a type of the graph is held in; an array of another type where it is held so already. */
function heldAs(name: string, dtype: Tensor['dtype'], { data }: AnyTensor): TensorData {
  if (dtype === 'float32') {
    return data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(data);
  }
  if (dtype === 'int64') return data instanceof Int32Array ? data : in32Bits(name, data);
  return data instanceof Uint8Array ? data : Uint8Array.from(data);
}

function in32Bits(name: string, data: AnyTensor['data']): Int32Array {
  return Int32Array.from(data, (value) => {
    if ((value | 0) === value) return value;
    throw new NascentError(
      'input/invalid',
      `input "${name}" is given ${value}, and a graph keeps integers in 32 bits`,
      {
        help: 'Runtimes that take the file itself keep them whole: nascent parity holds these to each other.',
      },
    );
  });
}
