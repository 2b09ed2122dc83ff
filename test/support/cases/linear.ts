/** Cases of matrix products, reductions and softmax. */
import * as fc from 'fast-check';

import { axesOfRank, axisOfRank, broadcasting, extent, floatInput, shapes } from '../shapes.ts';

const flag = fc.constantFrom<(0 | 1)[]>(0, 1);

function reduction<K extends 'ReduceSum' | 'ReduceMean' | 'ReduceMax'>(op: K, kind: 'odd' | 'apart') {
  return shapes(0, 4).chain((shape) =>
    fc
      .record({ axes: axesOfRank(shape.length, 0), keepdims: flag, x: floatInput(shape, kind) })
      .map(({ axes, keepdims, x }) => ({ op, attributes: { axes, keepdims }, inputs: [x] })),
  );
}

function softmax<K extends 'Softmax' | 'LogSoftmax'>(op: K) {
  return shapes(1, 4).chain((shape) =>
    fc
      .tuple(axisOfRank(shape.length), floatInput(shape))
      .map(([axis, x]) => ({ op, attributes: { axis }, inputs: [x] })),
  );
}

export const linearCases = {
  MatMul: fc
    .tuple(broadcasting(2, 2), extent, extent, extent)
    .chain(([[a = [], b = []], rows, inner, columns]) =>
      fc.tuple(floatInput([...a, rows, inner]), floatInput([...b, inner, columns])),
    )
    .map((inputs) => ({ op: 'MatMul' as const, attributes: {}, inputs })),

  Gemm: fc
    .record({
      rows: extent,
      inner: extent,
      columns: extent,
      transA: flag,
      transB: flag,
      alpha: fc.constantFrom(1, 0.5, -2),
      beta: fc.constantFrom(1, 0.25),
      bias: fc.constantFrom('none', 'row', 'column', 'whole', 'scalar'),
    })
    .chain(({ rows, inner, columns, bias, ...attributes }) => {
      const a = floatInput(attributes.transA ? [inner, rows] : [rows, inner]);
      const b = floatInput(attributes.transB ? [columns, inner] : [inner, columns]);
      const c = { none: undefined, row: [columns], column: [rows, 1], whole: [rows, columns], scalar: [] }[
        bias
      ];
      const inputs = c === undefined ? fc.tuple(a, b) : fc.tuple(a, b, floatInput(c));
      return inputs.map((given) => ({ op: 'Gemm' as const, attributes, inputs: given }));
    }),

  ReduceSum: reduction('ReduceSum', 'odd'),
  ReduceMean: reduction('ReduceMean', 'odd'),
  ReduceMax: reduction('ReduceMax', 'apart'),

  ArgMax: shapes(1, 4).chain((shape) =>
    fc
      .tuple(axisOfRank(shape.length), flag, floatInput(shape, 'apart'))
      .map(([axis, keepdims, x]) => ({ op: 'ArgMax' as const, attributes: { axis, keepdims }, inputs: [x] })),
  ),

  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
};
