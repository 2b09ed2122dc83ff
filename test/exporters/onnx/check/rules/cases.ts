/** Nodes of which something may be wrong, by the families of their ops. */
import * as fc from 'fast-check';
import { int, list, type NodeCase } from './node-case.ts';

const extent = fc.integer({ min: 1, max: 4 });
const shape = (min: number, max = min) => fc.array(extent, { minLength: min, maxLength: max });
const axis = fc.integer({ min: -4, max: 4 });

const binary = fc.record({
  op: fc.constantFrom('Add', 'Mul', 'Max', 'MatMul'),
  shapes: fc.tuple(shape(1, 3), shape(1, 3)),
});
const gemm = fc
  .tuple(shape(2), shape(2), shape(0, 2), fc.boolean(), fc.boolean())
  .map(([a, b, c, left, right]) => ({
    op: 'Gemm',
    shapes: [a, b, c],
    attributes: [int('transA', Number(left)), int('transB', Number(right))],
  }));
const conv = fc
  .record({
    op: fc.constantFrom('Conv', 'ConvTranspose'),
    x: fc.tuple(extent, extent),
    w: fc.tuple(extent, extent, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    bias: fc.option(shape(1), { nil: undefined }),
    group: fc.constantFrom(1, 1, 2),
    strides: fc.constantFrom([1, 1], [2, 1], [0, 1], [1], [-1, 1]),
    pads: fc.constantFrom([0, 0, 0, 0], [1, 0, 1, 0], [0, 0]),
  })
  .map(({ op, x, w, bias, group, strides, pads }) => ({
    op,
    shapes: [[...x, 6, 6], w, ...(bias === undefined ? [] : [bias])],
    attributes: [int('group', group), list('strides', strides), list('pads', pads)],
  }));
const batchNorm = fc
  .tuple(extent, extent, fc.constantFrom(-1, 0, 0, 0, 0, 0, 1, 2, 3), extent)
  .map(([batch, channels, odd, other]) => ({
    op: 'BatchNormalization',
    shapes: [[batch, channels, 3], ...[0, 1, 2, 3].map((i) => [i === odd ? other : channels])],
  }));
const concat = fc.tuple(shape(2, 3), shape(2, 3), axis, fc.boolean()).map(([a, b, at, alike]) => ({
  op: 'Concat',
  shapes: [a, alike ? a.with(at < -a.length || at >= a.length ? 0 : at, 7) : b],
  attributes: [int('axis', at)],
}));
const gather = fc
  .tuple(shape(1, 3), fc.array(fc.integer({ min: -5, max: 4 }), { minLength: 1, maxLength: 2 }), axis)
  .map(([x, indices, at]) => ({
    op: 'Gather',
    shapes: [x],
    operands: [indices],
    attributes: [int('axis', at)],
  }));
const reshape = fc
  .tuple(shape(0, 3), fc.array(fc.integer({ min: -2, max: 4 }), { maxLength: 3 }), fc.boolean())
  .map(([x, wanted, allowzero]) => ({
    op: 'Reshape',
    shapes: [x],
    operands: [wanted],
    attributes: [int('allowzero', Number(allowzero))],
  }));
const transpose = fc
  .tuple(shape(2, 3), fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 2, maxLength: 3 }))
  .map(([x, perm]) => ({ op: 'Transpose', shapes: [x], attributes: [list('perm', perm)] }));
const axes = fc
  .tuple(
    fc.constantFrom('Squeeze', 'Unsqueeze', 'ReduceSum'),
    shape(1, 3),
    fc.array(axis, { minLength: 1, maxLength: 2 }),
  )
  .map(([op, x, along]) => ({ op, shapes: [x], operands: [along] }));
const split = fc
  .tuple(shape(1, 2), fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 2 }), axis)
  .map(([x, parts, at]) => ({
    op: 'Split',
    shapes: [x],
    operands: [parts],
    attributes: [int('axis', at)],
    outputs: 2,
  }));
const slice = fc
  .tuple(shape(1, 3), axis, fc.integer({ min: -1, max: 1 }), fc.boolean())
  .map(([x, at, step, short]) => ({
    op: 'Slice',
    shapes: [x],
    operands: [[0], short ? [2, 2] : [2], [at], [step]],
  }));
const expand = fc
  .tuple(shape(1, 3), shape(1, 3))
  .map(([x, wanted]) => ({ op: 'Expand', shapes: [x], operands: [wanted] }));
const padOrTile = fc
  .tuple(
    fc.constantFrom('Pad', 'Tile'),
    shape(1, 3),
    fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 6 }),
  )
  .map(([op, x, list]) => ({ op, shapes: [x], operands: [list] }));
const alongAxis = fc
  .tuple(fc.constantFrom('Softmax', 'LogSoftmax', 'Flatten', 'ArgMax', 'TopK'), shape(1, 3), axis, extent)
  .map(([op, x, at, k]) => ({
    op,
    shapes: [x],
    ...(op === 'TopK' && { operands: [[k]], outputs: 2 }),
    attributes: [int('axis', at)],
  }));
const pool = fc
  .tuple(
    fc.constantFrom('MaxPool', 'AveragePool'),
    shape(1, 3),
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 2 }),
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 2 }),
  )
  .map(([op, x, kernel, strides]) => ({
    op,
    shapes: [x.map((size) => size + 3)],
    attributes: [list('kernel_shape', kernel), list('strides', strides)],
  }));
const beside = fc
  .tuple(shape(1), fc.array(fc.integer({ min: -5, max: 4 }), { minLength: 1, maxLength: 2 }), axis)
  .map(([x, indices, at]) => ({
    op: 'GatherElements',
    shapes: [x],
    operands: [indices],
    attributes: [int('axis', at)],
  }));
const instanceNorm = fc.tuple(extent, extent, extent, extent).map(([batch, channels, scale, bias]) => ({
  op: 'InstanceNormalization',
  shapes: [[batch, channels, 3], [scale], [bias]],
}));
const slopes = fc.tuple(shape(1, 3), shape(1, 3)).map(([x, slope]) => ({ op: 'PRelu', shapes: [x, slope] }));
const layerNorm = fc.tuple(shape(1, 3), shape(1, 2), axis).map(([x, scale, at]) => ({
  op: 'LayerNormalization',
  shapes: [x, scale],
  attributes: [int('axis', at)],
}));
const einsum = fc
  .tuple(fc.constantFrom('ij,jk->ik', 'ij,kj->ik', 'i,j->ij', 'bij,bjk->bik'), shape(1, 3), shape(1, 3))
  .map(([equation, a, b]) => ({
    op: 'Einsum',
    shapes: [a, b],
    attributes: [{ name: 'equation', kind: 'string', value: equation } as const],
  }));
const gatherND = fc
  .tuple(shape(1, 3), fc.array(fc.constant(0), { minLength: 1, maxLength: 4 }))
  .map(([x, indices]) => ({ op: 'GatherND', shapes: [x], operands: [indices] }));
const resize = fc
  .tuple(shape(2, 4), fc.array(extent, { minLength: 1, maxLength: 4 }))
  .map(([x, sizes]) => ({ op: 'Resize', shapes: [x], operands: [sizes], skipped: 2 }));
const reflection = fc
  .tuple(shape(1), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
  .map(([x, before, after]) => ({
    op: 'Pad',
    shapes: [x],
    operands: [[before, after]],
    attributes: [{ name: 'mode', kind: 'string', value: 'reflect' } as const],
  }));
const cell = fc
  .tuple(
    fc.constantFrom(['LSTM', 4] as const, ['GRU', 3] as const, ['RNN', 1] as const),
    extent,
    extent,
    extent,
    extent,
  )
  .map(([[op, gates], x, wide, rows, hidden]) => ({
    op,
    shapes: [
      [3, 2, x],
      [1, gates * rows, wide],
      [1, gates * rows, hidden],
    ],
    attributes: [int('hidden_size', hidden)],
  }));
const blocks = fc
  .tuple(fc.constantFrom('DepthToSpace', 'SpaceToDepth'), shape(3), fc.integer({ min: 1, max: 2 }))
  .map(([op, [c = 1, h = 1, w = 1], size]) => ({
    op,
    shapes: [[1, c, h, w]],
    attributes: [int('blocksize', size)],
  }));

export const families: Readonly<Record<string, fc.Arbitrary<NodeCase>>> = {
  binary,
  gemm,
  conv,
  batchNorm,
  concat,
  gather,
  reshape,
  transpose,
  axes,
  split,
  slice,
  expand,
  padOrTile,
  alongAxis,
  cell,
  pool,
  beside,
  instanceNorm,
  slopes,
  layerNorm,
  einsum,
  gatherND,
  resize,
  reflection,
  blocks,
};
