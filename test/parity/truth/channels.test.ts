/** How large channels are by the weights that make them. */
import { describe, expect, it } from 'vitest';
import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { channelsIn } from '../../../src/parity/truth/channels.ts';

/** Weights of three channels from two: 2^0, 2^-10 and 2^-20 times so large. */
const sizes = [1, 2 ** -10, 2 ** -20].map((size) => 1.4 * size);
const apart = [0, -10, -20];
const plainConv = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 } as const;
const pool = {
  kernel_shape: [2, 2],
  strides: [2, 2],
  pads: [0, 0, 0, 0],
  dilations: [1, 1],
  ceil_mode: 0,
} as const;

/** By how many powers of two the channels of what is built are apart from the first, and their axis. */
function channelsOf(build: (b: GraphBuilder, x: Value, image: Value) => Value) {
  const b = new GraphBuilder();
  const [x, image] = [b.input('x', [4, 2]), b.input('image', [1, 2, 4, 4])];
  const used = b.op('Add', [b.op('ReduceSum', [x], { axes: [0, 1], keepdims: 0 }), b.constant(0)]);
  const graph = b.finish('g', { y: build(b, x, image), used });
  const imported = importOnnx(toOnnxModel(graph, { weights: new Map() }));
  const fed = new Set(imported.graph.inputs.map(({ value }) => value));
  const isFixed = ({ node, ...value }: Value): boolean =>
    node === undefined
      ? ![...fed].some(({ name }) => name === value.name) || imported.weights.has(value.name)
      : node.inputs.every(isFixed);
  const found = channelsIn(imported, isFixed)(imported.graph.outputs.find(({ name }) => name === 'y')!.value);
  return found && { axis: found.axis, apart: [...found.powers].map((power) => power - found.powers[0]!) };
}

/** [2, 3] */
const columns = (b: GraphBuilder) => b.constant([...sizes, ...sizes], [2, 3]);
/** [3, 2, 1, 1] */
const filter = (b: GraphBuilder) =>
  b.constant(
    sizes.flatMap((size) => [size, size]),
    [3, 2, 1, 1],
  );
const conv = (b: GraphBuilder, image: Value) => b.op('Conv', [image, filter(b)], plainConv);
const three = (b: GraphBuilder, values: readonly number[]) => b.constant(values, [3]);

describe('channels', () => {
  it.each<readonly [string, number, (b: GraphBuilder, x: Value, image: Value) => Value]>([
    ['a product', 1, (b, x) => b.op('MatMul', [x, columns(b)])],
    ['a sum with a bias', 1, (b, x) => b.op('Add', [b.op('MatMul', [x, columns(b)]), three(b, [5, 6, 7])])],
    [
      'weights that are turned first',
      1,
      (b, x) =>
        b.op('MatMul', [
          x,
          b.op(
            'Transpose',
            [
              b.constant(
                sizes.flatMap((size) => [size, size]),
                [3, 2],
              ),
              // Of weights alone.
            ],
            { perm: [1, 0] },
          ),
        ]),
    ],
    [
      'rows that are multiplied from the left',
      0,
      (b, x) =>
        b.op('MatMul', [
          b.constant(
            sizes.flatMap((size) => [size, size]),
            [3, 2],
          ),
          b.op('Transpose', [x], { perm: [1, 0] }),
        ]),
    ],
    ['a convolution', 1, (b, _, image) => conv(b, image)],
    [
      'a transposed convolution',
      1,
      (b, _, image) =>
        b.op('ConvTranspose', [image, b.constant([...sizes, ...sizes], [2, 3, 1, 1])], {
          ...plainConv,
          output_padding: [0, 0],
        }),
    ],
    [
      'a normalisation',
      1,
      (b, _, image) => {
        const like = b.op('Conv', [image, b.constant([1, 1, 1, 1, 1, 1], [3, 2, 1, 1])], plainConv);
        const [bias, mean, variance] = [three(b, [1, 2, 3]), three(b, [0, 1, 0]), three(b, [1, 4, 4 ** -10])];
        const scale = three(b, [1.4, 1.4 * 2 ** -9, 1.4 * 2 ** -30]);
        return b.op('BatchNormalization', [like, scale, bias, mean, variance], { epsilon: 0 });
      },
    ],
    [
      'pools of what is positive',
      1,
      (b, _, image) =>
        b.op('GlobalAveragePool', [b.node('MaxPool', [b.op('Relu', [conv(b, image)])], pool)[0]!]),
    ],
    [
      'the larger of two that are added',
      1,
      (b, x) =>
        b.op('Tanh', [
          b.op('Add', [
            b.op('MatMul', [x, columns(b)]),
            b.op('Mul', [b.op('MatMul', [x, columns(b)]), three(b, [2 ** -3, 2 ** -3, 2 ** -9])]),
          ]),
        ]),
    ],
  ])('are those of %s', (_, axis, build) => {
    expect(channelsOf(build)).toEqual({ axis, apart });
  });

  it('are none where they are alike, or where what makes them is fed', () => {
    const alike = (b: GraphBuilder, x: Value) => b.op('MatMul', [x, b.constant([1, 2, 3, 1, 2, 3], [2, 3])]);
    expect(channelsOf(alike)).toBeUndefined();
    const fed = (b: GraphBuilder, x: Value) => b.op('MatMul', [b.op('Transpose', [x], { perm: [1, 0] }), x]);
    expect(channelsOf(fed)).toBeUndefined();
    const beside = (b: GraphBuilder, x: Value) =>
      b.op('Add', [b.op('MatMul', [x, columns(b)]), b.op('Exp', [b.op('MatMul', [x, columns(b)])])]);
    expect(channelsOf(beside)).toBeUndefined();
  });
});
