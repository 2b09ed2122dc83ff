/** Feeds of a file as those of the graph that was read from it, which knows fewer types. */
import type { Graph } from '../graph/types.ts';
import type { Tensor, TensorData, Tensors } from '../graph/tensor.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';

/** What the graph has no input for is left as it is, for the runtime to refuse. */
export function asFed(graph: Graph, feeds: AnyTensors): Tensors {
  const types = new Map(graph.inputs.map(({ value }) => [value.name, value.type.dtype]));
  return new Map(
    [...feeds].map(([name, tensor]): [string, Tensor] => {
      const dtype = types.get(name) ?? 'float32';
      return [name, { dtype, shape: tensor.shape, data: heldAs(dtype, tensor) }];
    }),
  );
}

/** The array that a type of the graph is held in; an array of another type where it is held so already. */
function heldAs(dtype: Tensor['dtype'], { data }: AnyTensor): TensorData {
  if (dtype === 'float32') {
    return data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(data);
  }
  if (dtype === 'int64') return data instanceof Int32Array ? data : Int32Array.from(data);
  return data instanceof Uint8Array ? data : Uint8Array.from(data);
}
