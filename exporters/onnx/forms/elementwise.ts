/** Constants, casts and elementwise ops. */
import type { StandardOp } from '../../../src/graph/attributes.ts';
import { dataTypeOf } from '../../../proto/onnx.ts';
import type { OnnxTensor } from '../../../proto/onnx.ts';
import { Unreadable } from '../node-reader.ts';
import type { NodeReader } from '../node-reader.ts';
import { dtypeCode, dtypeOf, fromOnnxTensor, shortestFloat, toOnnxTensor } from '../tensors.ts';
import { bare, int } from './form.ts';
import type { Form } from './form.ts';

export const elementwise = {
  Constant: {
    tensors: 0,
    write: ({ dtype, shape, values }) => ({
      attributes: [{ name: 'value', kind: 'tensor', value: toOnnxTensor('', dtype, shape, values) }],
    }),
    read: (node) => {
      const tensor = fromOnnxTensor(constantOf(node));
      if (typeof tensor === 'string') throw new Unreadable(tensor);
      const { dtype, shape, data } = tensor;
      return {
        dtype,
        shape,
        values: dtype === 'float32' ? Array.from(data, shortestFloat) : Array.from(data),
      };
    },
  },
  Identity: bare<'Identity'>(1),
  Neg: bare<'Neg'>(1),
  Abs: bare<'Abs'>(1),
  Exp: bare<'Exp'>(1),
  Log: bare<'Log'>(1),
  Sqrt: bare<'Sqrt'>(1),
  Reciprocal: bare<'Reciprocal'>(1),
  Relu: bare<'Relu'>(1),
  Sigmoid: bare<'Sigmoid'>(1),
  Tanh: bare<'Tanh'>(1),
  Cast: {
    tensors: 1,
    write: ({ to }) => ({ attributes: [int('to', dtypeCode(to))] }),
    read: (node) => {
      node.ignore('saturate'); // Speaks of 8-bit floats only.
      const name = dataTypeOf(node.int('to'));
      const to = name === undefined ? undefined : dtypeOf(name);
      if (to === undefined)
        throw new Unreadable(`casts to ${name ?? 'an unknown type'}; float32, int64 and bool are supported`);
      return { to };
    },
  },
  Add: bare<'Add'>(2),
  Sub: bare<'Sub'>(2),
  Mul: bare<'Mul'>(2),
  Div: bare<'Div'>(2),
  Min: bare<'Min'>(Infinity),
  Max: bare<'Max'>(Infinity),
  Greater: bare<'Greater'>(2),
  Less: bare<'Less'>(2),
  Equal: bare<'Equal'>(2),
  Where: bare<'Where'>(3),
  Sum: bare<'Sum'>(Infinity),
} satisfies { [K in StandardOp]?: Form<K> };

/** The tensor of a Constant node, which ONNX can write in five ways. */
export function constantOf(node: NodeReader): OnnxTensor {
  const value =
    node.attribute('value') ??
    node.attribute('value_float') ??
    node.attribute('value_floats') ??
    node.attribute('value_int') ??
    node.attribute('value_ints');
  if (value?.kind === 'tensor') return value.value;
  if (value?.kind === 'float') return toOnnxTensor('', 'float32', [], [value.value]);
  if (value?.kind === 'floats') return toOnnxTensor('', 'float32', [value.value.length], value.value);
  if (value?.kind === 'int') {
    return { name: '', dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(value.value)) };
  }
  if (value?.kind === 'ints') {
    const data = BigInt64Array.from(value.value, BigInt);
    return { name: '', dtype: 'int64', dims: [data.length], data };
  }
  throw new Unreadable('has no value that is supported: texts and sparse tensors are not');
}
