/** Constants, casts and elementwise ops. */
import type { StandardOp } from '../../../src/graph/attributes.ts';
import { dtypeCode, toOnnxTensor } from '../tensors.ts';
import { bare, int } from './form.ts';
import type { Form } from './form.ts';

export const elementwise = {
  Constant: {
    write: ({ dtype, shape, values }) => ({
      attributes: [{ name: 'value', kind: 'tensor', value: toOnnxTensor('', dtype, shape, values) }],
    }),
  },
  Identity: bare<'Identity'>(),
  Neg: bare<'Neg'>(),
  Abs: bare<'Abs'>(),
  Exp: bare<'Exp'>(),
  Log: bare<'Log'>(),
  Sqrt: bare<'Sqrt'>(),
  Reciprocal: bare<'Reciprocal'>(),
  Relu: bare<'Relu'>(),
  Sigmoid: bare<'Sigmoid'>(),
  Tanh: bare<'Tanh'>(),
  Erf: bare<'Erf'>(),
  Sin: bare<'Sin'>(),
  Cos: bare<'Cos'>(),
  Atan: bare<'Atan'>(),
  Floor: bare<'Floor'>(),
  Round: bare<'Round'>(),
  Cast: {
    write: ({ to }) => ({ attributes: [int('to', dtypeCode(to))] }),
  },
  Add: bare<'Add'>(),
  Sub: bare<'Sub'>(),
  Mul: bare<'Mul'>(),
  Div: bare<'Div'>(),
  Pow: bare<'Pow'>(),
  Min: bare<'Min'>(),
  Max: bare<'Max'>(),
  Greater: bare<'Greater'>(),
  Less: bare<'Less'>(),
  Equal: bare<'Equal'>(),
  Where: bare<'Where'>(),
  Sum: bare<'Sum'>(),
} satisfies { [K in StandardOp]?: Form<K> };
