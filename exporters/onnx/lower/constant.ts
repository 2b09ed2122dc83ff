/** What a Constant node holds. */
import type { OnnxTensor } from '../../../proto/onnx.ts';
import { Unreadable, type NodeReader } from '../node-reader.ts';

/** The tensor of a Constant node, which ONNX can write in five ways. */
export function constantOf(node: NodeReader): OnnxTensor {
  const value =
    node.attribute('value') ??
    node.attribute('value_float') ??
    node.attribute('value_floats') ??
    node.attribute('value_int') ??
    node.attribute('value_ints');
  if (value?.kind === 'tensor') return value.value;
  if (value?.kind === 'float' || value?.kind === 'floats') {
    const data = Float32Array.from(value.kind === 'float' ? [value.value] : value.value);
    return { name: '', dtype: 'float32', dims: value.kind === 'float' ? [] : [data.length], data };
  }
  if (value?.kind === 'int' || value?.kind === 'ints') {
    const data = BigInt64Array.from(value.kind === 'int' ? [value.value] : value.value, BigInt);
    return { name: '', dtype: 'int64', dims: value.kind === 'int' ? [] : [data.length], data };
  }
  throw new Unreadable('has no value that is supported: texts and sparse tensors are not');
}
