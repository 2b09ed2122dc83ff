/** Cases of elementwise ops. */
import * as fc from 'fast-check';

import type { OpAttributes, OpName } from '../../../src/graph/attributes.ts';
import type { DType } from '../../../src/graph/types.ts';
import type { OpCase } from '../case.ts';
import { broadcasting, floatInput, shapes, wholeInput } from '../shapes.ts';

type Plain = { [K in OpName]: Record<string, never> extends OpAttributes[K] ? K : never }[OpName];
type Kind = 'odd' | 'even' | 'positive' | 'apart';

/** An op of one or more operands of one shape. */
function alike<K extends Plain>(op: K, ...kinds: readonly Kind[]): fc.Arbitrary<OpCase<K>> {
  return shapes(0, 4)
    .chain((shape) => fc.tuple(...kinds.map((kind) => floatInput(shape, kind))))
    .map((inputs) => ({ op, attributes: {} as OpAttributes[K], inputs }));
}

function binary<K extends Plain>(op: K, first: Kind, second: Kind): fc.Arbitrary<OpCase<K>> {
  return broadcasting(2)
    .chain(([a = [], b = []]) => fc.tuple(floatInput(a, first), floatInput(b, second)))
    .map((inputs) => ({ op, attributes: {} as OpAttributes[K], inputs }));
}

const dtypes = fc.constantFrom<DType[]>('float32', 'int64', 'bool');

export const elementwiseCases = {
  Identity: alike('Identity', 'odd'),
  Neg: alike('Neg', 'even'),
  Abs: alike('Abs', 'odd'),
  Exp: alike('Exp', 'odd'),
  Log: alike('Log', 'positive'),
  Sqrt: alike('Sqrt', 'positive'),
  Reciprocal: alike('Reciprocal', 'positive'),
  Relu: alike('Relu', 'odd'),
  Sigmoid: alike('Sigmoid', 'odd'),
  Tanh: alike('Tanh', 'odd'),
  Erf: alike('Erf', 'odd'),
  Sin: alike('Sin', 'odd'),
  Cos: alike('Cos', 'odd'),
  Atan: alike('Atan', 'odd'),
  // Odd multiples of 1/512 are neither whole nor half.
  Floor: alike('Floor', 'odd'),
  Round: alike('Round', 'odd'),
  Add: binary('Add', 'odd', 'odd'),
  Sub: binary('Sub', 'odd', 'odd'),
  Mul: binary('Mul', 'odd', 'odd'),
  Div: binary('Div', 'odd', 'positive'),
  Pow: binary('Pow', 'positive', 'odd'),
  Min: binary('Min', 'odd', 'even'),
  Max: binary('Max', 'odd', 'even'),
  Greater: binary('Greater', 'odd', 'even'),
  Less: binary('Less', 'odd', 'even'),
  ReluGrad: alike('ReluGrad', 'odd', 'odd'),
  SigmoidGrad: alike('SigmoidGrad', 'odd', 'odd'),
  TanhGrad: alike('TanhGrad', 'odd', 'odd'),
  Dot: alike('Dot', 'odd', 'odd'),

  /** Few values, so that some are equal. */
  Equal: fc
    .tuple(broadcasting(2), fc.constantFrom<DType[]>('float32', 'int64'))
    .chain(([[a = [], b = []], dtype]) => fc.tuple(wholeInput(dtype, a, -1, 2), wholeInput(dtype, b, -1, 2)))
    .map((inputs) => ({ op: 'Equal' as const, attributes: {}, inputs })),

  Where: broadcasting(3)
    .chain(([condition = [], a = [], b = []]) =>
      fc.tuple(wholeInput('bool', condition, 0, 2), floatInput(a), floatInput(b)),
    )
    .map((inputs) => ({ op: 'Where' as const, attributes: {}, inputs })),

  Sum: fc
    .tuple(shapes(0, 4), fc.integer({ min: 1, max: 4 }))
    .chain(([shape, count]) => fc.tuple(...Array.from({ length: count }, () => floatInput(shape))))
    .map((inputs) => ({ op: 'Sum' as const, attributes: {}, inputs })),

  Cast: fc.tuple(shapes(0, 3), dtypes, dtypes).chain(([shape, from, to]) => {
    // Fractions, of either sign, show which way a cast to int64 rounds.
    const input =
      from === 'float32' && to !== 'bool'
        ? floatInput(shape)
        : wholeInput(from, shape, from === 'bool' ? 0 : -1, 2);
    return input.map((x) => ({ op: 'Cast' as const, attributes: { to }, inputs: [x] }));
  }),

  SgdMomentum: fc
    .tuple(shapes(0, 4), fc.constantFrom(0, 0.9), fc.constantFrom(0, 0.0003))
    .chain(([shape, momentum, weight_decay]) =>
      fc
        .tuple(floatInput(shape), floatInput(shape), floatInput(shape), floatInput([]), floatInput([]))
        .map((inputs) => ({ op: 'SgdMomentum' as const, attributes: { momentum, weight_decay }, inputs })),
    ),
};
