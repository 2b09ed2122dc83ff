/** What is called a fault of shapes is what onnxruntime refuses, and nothing else is. */
import * as fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../../exporters/onnx/import.ts';
import { UnreadableModel } from '../../../../exporters/onnx/problems.ts';
import { encodeModel, type OnnxAttribute, type OnnxModel, type OnnxTensor } from '../../../../proto/onnx.ts';
import { NascentError } from '../../../../src/errors.ts';
import { sizeOf } from '../../../../src/graph/tensor.ts';
import { tries } from '../../../support/properties.ts';
import { floatInfo, ints, modelOf, node } from '../models.ts';

/** A node, by the shapes of its float inputs and the operands that are constants. */
interface NodeCase {
  readonly op: string;
  readonly shapes: readonly (readonly (number | string)[])[];
  readonly operands?: readonly (readonly number[])[];
  readonly attributes?: readonly OnnxAttribute[];
  readonly outputs?: number;
  /** Inputs that are left out between the two. */
  readonly skipped?: number;
  readonly opset?: number;
}

const int = (name: string, value: number): OnnxAttribute => ({ name, kind: 'int', value });
const list = (name: string, values: readonly number[]): OnnxAttribute => ({
  name,
  kind: 'ints',
  value: values,
});

function modelFor({
  op,
  shapes,
  operands = [],
  attributes = [],
  outputs = 1,
  skipped = 0,
  opset = 17,
}: NodeCase): OnnxModel {
  const initializers = operands.map((values, i): OnnxTensor => ints(`o${i}`, values));
  const made = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const left = Array.from({ length: skipped }, () => '');
  const inputs = [...shapes.map((_, i) => `x${i}`), ...left, ...initializers.map(({ name }) => name)];
  return modelOf(
    {
      inputs: shapes.map((shape, i) => floatInfo(`x${i}`, shape)),
      initializers,
      nodes: [node(op, inputs, made, attributes)],
      outputs: made.map((name, i) => ({
        name,
        type: { kind: 'tensor', dtype: op === 'ArgMax' || (i === 1 && op === 'TopK') ? 'int64' : 'float32' },
      })),
    },
    { opsets: [{ domain: '', version: opset }] },
  );
}

/** What is said of a case. */
function faultOf(given: NodeCase): string | undefined {
  try {
    importOnnx(modelFor(given));
    return undefined;
  } catch (error) {
    if (!(error instanceof NascentError) || !(error.cause instanceof UnreadableModel)) throw error;
    return error.cause.problems.find(({ code }) => code === 'shape')?.text;
  }
}

/** Why onnxruntime does not compute a case; undefined where it does. */
async function refusalOf(given: NodeCase): Promise<string | undefined> {
  try {
    const session = await InferenceSession.create(encodeModel(modelFor(given)), {
      logSeverityLevel: 4,
      intraOpNumThreads: 1,
      graphOptimizationLevel: 'disabled',
    });
    const feeds = given.shapes.map((shape, i): [string, Tensor] => {
      const dims = shape.map(Number);
      return [`x${i}`, new Tensor('float32', new Float32Array(sizeOf(dims)).fill(1), dims)];
    });
    await session.run(Object.fromEntries(feeds));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

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

const families = {
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

describe('a fault is what onnxruntime refuses', () => {
  for (const [name, cases] of Object.entries<fc.Arbitrary<NodeCase>>(families)) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (given) => {
          const fault = faultOf(given);
          const refusal = await refusalOf(given);
          expect({ fault, refusal, refused: fault !== undefined }).toMatchObject({
            refused: refusal !== undefined,
          });
        }),
        { numRuns: tries(300) },
      );
    });
  }
});

describe('a fault is told with what does not meet', () => {
  it.each<[NodeCase, string]>([
    [
      {
        op: 'MatMul',
        shapes: [
          ['b', 5],
          [4, 2],
        ],
      },
      '[b, 5] times [4, 2]: 5 meets 4',
    ],
    [{ op: 'Add', shapes: [[3], [1, 2]] }, 'shapes [3] and [1, 2] do not broadcast: 3 meets 2'],
    [{ op: 'Gemm', shapes: [[1, 2], [2, 3], [4]] }, 'C is [4], which does not broadcast to [1, 3]'],
    [
      {
        op: 'Conv',
        shapes: [
          [1, 1, 4, 4],
          [1, 1, 3, 3],
        ],
        attributes: [list('strides', [0, 0])],
      },
      'its strides [0, 0] must be positive',
    ],
    [
      {
        op: 'Conv',
        shapes: [
          [1, 6, 4, 4],
          [4, 2, 3, 3],
        ],
        attributes: [int('group', 2)],
      },
      'its image has 6 channels, and its kernel [4, 2, 3, 3] in 2 groups takes 4',
    ],
    [{ op: 'Gather', shapes: [[4]], operands: [[0, 7]] }, 'its index 7 is outside an axis of 4'],
    [
      { op: 'Reshape', shapes: [[5, 1, 32]], operands: [[7, 4, 8]] },
      '[5, 1, 32] cannot become [7, 4, 8]: 160 elements do not fill it',
    ],
    [{ op: 'Squeeze', shapes: [[2, 3]], operands: [[1]] }, 'axis 1 of [2, 3] is 3, not 1'],
    [{ op: 'Split', shapes: [[4]], operands: [[1, 2]], outputs: 2 }, 'its parts [1, 2] come to 3, not 4'],
    [{ op: 'Slice', shapes: [[4]], operands: [[0], [2], [0], [0]] }, 'its step is 0'],
    [
      { op: 'Softmax', shapes: [[4]], attributes: [int('axis', 2)] },
      'its axis 2 is outside a tensor of 1 dimension',
    ],
    [
      {
        op: 'Einsum',
        shapes: [
          [2, 3],
          [2, 4],
        ],
        attributes: [{ name: 'equation', kind: 'string', value: 'ij,jk->ik' }],
      },
      '"j" of its equation is 3 and 2',
    ],
    [
      {
        op: 'ScatterND',
        shapes: [
          [2, 3],
          [1, 4],
          [1, 2],
        ],
      },
      'its indices [1, 4] name 4 axes of [2, 3]',
    ],
    [
      {
        op: 'GridSample',
        shapes: [
          [1, 1, 4, 4],
          [1, 2, 2, 2],
        ],
        attributes: [{ name: 'mode', kind: 'string', value: 'linear' }],
      },
      'its mode is "linear", and may be bilinear, nearest, bicubic',
    ],
    [{ op: 'DequantizeLinear', shapes: [[2, 3], [4]] }, 'its scale is [4], and axis 1 of its input is 3'],
  ])('%j', (given, told) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });
});

describe('nothing is a fault', () => {
  it.each<[string, NodeCase]>([
    [
      'of an open extent',
      {
        op: 'MatMul',
        shapes: [
          ['b', 'n'],
          [4, 2],
        ],
      },
    ],
    ['of an operator set with other rules', { op: 'Add', shapes: [[2, 3], [2]], opset: 6 }],
    ['of an op that is not judged', { op: 'Det', shapes: [[2, 3]] }],
  ])('%s', (_, given) => {
    expect(faultOf(given)).toBeUndefined();
  });

  it('in a branch, which may never be come to', () => {
    const branch = (name: string, nodes: ReturnType<typeof node>[]) => ({
      name,
      kind: 'graph' as const,
      value: modelOf({
        name,
        nodes,
        outputs: [{ name: nodes[0]?.outputs[0] ?? '', type: { kind: 'tensor', dtype: 'float32' } }],
      }).graph,
    });
    const model = modelOf({
      inputs: [
        { name: 'c', type: { kind: 'tensor', dtype: 'bool', shape: [] } },
        floatInfo('x', [1, 2]),
        floatInfo('w', [3, 4]),
      ],
      nodes: [
        node(
          'If',
          ['c'],
          ['y'],
          [
            branch('then_branch', [node('Relu', ['x'], ['a'])]),
            branch('else_branch', [node('MatMul', ['x', 'w'], ['m'])]),
          ],
        ),
      ],
      outputs: [{ name: 'y', type: { kind: 'tensor', dtype: 'float32' } }],
    });
    const codes = () => {
      try {
        importOnnx(model);
        return [];
      } catch (error) {
        const cause = error instanceof NascentError ? error.cause : undefined;
        return cause instanceof UnreadableModel ? cause.problems.map(({ code }) => code) : ['?'];
      }
    };
    expect(new Set(codes())).toEqual(new Set(['lack']));
  });
});
