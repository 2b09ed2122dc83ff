/** Ops that onnxruntime's optimisers and quantisers write: each means here what it means in onnxruntime. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeModel, type OnnxTensor } from '../../../../proto/onnx.ts';
import { numbersOf } from '../../../../src/tensors/numbers.ts';
import { openStored } from '../../../../src/runtime/onnxruntime/stored.ts';
import { bytes, f, modelOfNode, outputsOf, type OneNode } from './lowered.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-fused-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Numbers without pattern, the same each time. */
function wild(dims: readonly number[], seed = 1, size = 1): OnnxTensor {
  const count = dims.reduce((a, c) => a * c, 1);
  const values = Array.from({ length: count }, (_, i) => size * Math.sin(12.9898 * (i + 1) * seed + seed));
  return f(dims, values);
}

function whole(dtype: 'uint8' | 'int8', dims: readonly number[], seed = 1): OnnxTensor {
  const count = dims.reduce((a, c) => a * c, 1);
  const shift = dtype === 'uint8' ? 128 : 0;
  return bytes(
    dtype,
    dims,
    Array.from({ length: count }, (_, i) => shift + Math.round(100 * Math.sin(7.31 * (i + seed) * seed))),
  );
}

const u8 = (value: number) => bytes('uint8', [], [value]);
const s8 = (value: number) => bytes('int8', [], [value]);
const scale = (value: number) => f([], [value]);
const int32 = (dims: readonly number[], values: readonly number[]): OnnxTensor => ({
  name: '',
  dtype: 'int32',
  dims,
  data: Int32Array.from(values),
});
const int64 = (dims: readonly number[], values: readonly number[]): OnnxTensor => ({
  name: '',
  dtype: 'int64',
  dims,
  data: BigInt64Array.from(values, BigInt),
});

/** Which of three blocks each of 40 columns is in. */
const ofBlocks = int32(
  [40],
  Array.from({ length: 40 }, (_, k) => (k * 7) % 3),
);

const image = wild([1, 3, 5, 5]);
const q = [whole('uint8', [1, 2, 4, 4]), scale(0.02), u8(128)] as const;
const hidden = wild([2, 3, 8], 3);

/** In the order of the tables in `exporters/onnx/lower/fused*.ts`. */
const cases: readonly (OneNode & {
  readonly title?: string;
  /** Steps of a whole number that fused kernels may be off, where a sum falls between two. */
  readonly steps?: number;
})[] = [
  {
    op: 'FusedConv',
    title: 'with an activation',
    inputs: [image, wild([4, 3, 3, 3], 2), wild([4], 5)],
    attributes: { activation: 'LeakyRelu', activation_params: [0.1], pads: [1, 1, 1, 1] },
    reals: ['activation_params'],
  },
  {
    op: 'FusedConv',
    title: 'with a sum',
    inputs: [image, wild([4, 3, 3, 3], 2), wild([4], 5), wild([1, 4, 3, 3], 7)],
    attributes: { activation: 'Relu' },
  },
  {
    op: 'FusedGemm',
    inputs: [wild([3, 4]), wild([5, 4], 2), wild([5], 3)],
    attributes: { transB: 1, alpha: 0.5, activation: 'LeakyRelu', activation_alpha: 0.2 },
  },
  {
    op: 'FusedMatMul',
    inputs: [wild([2, 4, 3]), wild([2, 5, 4], 2)],
    attributes: { transA: 1, transB: 1, alpha: 0.25 },
  },
  {
    op: 'FusedMatMul',
    title: 'with its rows before the batch',
    inputs: [wild([3, 2, 4]), wild([4, 2, 5], 2)],
    attributes: { transBatchA: 1, transBatchB: 1 },
  },
  { op: 'Gelu', inputs: [hidden] },
  { op: 'BiasGelu', inputs: [hidden, wild([8], 2)] },
  { op: 'FastGelu', inputs: [hidden, wild([8], 2)] },
  { op: 'QuickGelu', inputs: [hidden], attributes: { alpha: 1.702 } },
  {
    op: 'SkipLayerNormalization',
    inputs: [hidden, wild([2, 3, 8], 2), wild([8], 3), wild([8], 4), wild([8], 5)],
    attributes: { epsilon: 1e-5 },
  },
  {
    op: 'SkipSimplifiedLayerNormalization',
    inputs: [hidden, wild([2, 3, 8], 2), wild([8], 3)],
    attributes: { epsilon: 1e-5 },
  },
  {
    op: 'SimplifiedLayerNormalization',
    domain: '',
    inputs: [hidden, wild([8], 3)],
    attributes: { axis: -1 },
  },
  { op: 'LayerNormalization', domain: '', opset: 14, inputs: [hidden, wild([8], 3), wild([8], 2)] },
  {
    op: 'EmbedLayerNormalization',
    inputs: [
      int32([2, 3], [1, 0, 4, 2, 2, 3]),
      int32([2, 3], [0, 0, 1, 0, 1, 1]),
      wild([5, 8]),
      wild([4, 8], 2),
      wild([2, 8], 3),
      wild([8], 4),
      wild([8], 5),
      int32([2, 3], [1, 1, 1, 1, 1, 0]),
    ],
    attributes: { epsilon: 1e-5 },
    outputs: 2,
  },
  {
    op: 'NhwcMaxPool',
    inputs: [whole('uint8', [1, 5, 5, 2])],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  },
  {
    op: 'Attention',
    title: 'causal, with a raw mask',
    inputs: [hidden, wild([8, 24], 2), wild([24], 3), int32([2, 3], [1, 1, 1, 1, 1, 0])],
    attributes: { num_heads: 2, unidirectional: 1 },
  },
  {
    op: 'Attention',
    title: 'with lengths, and weights of several widths',
    inputs: [hidden, wild([8, 20], 2), wild([20], 3), int32([2], [3, 2])],
    attributes: { num_heads: 2, qkv_hidden_sizes: [8, 8, 4] },
  },
  {
    op: 'Attention',
    title: 'after a past',
    inputs: [hidden, wild([8, 24], 2), wild([24], 3), undefined, wild([2, 2, 2, 5, 4], 4)],
    attributes: { num_heads: 2, unidirectional: 1 },
    outputs: 2,
  },
  {
    op: 'MultiHeadAttention',
    inputs: [
      hidden,
      wild([2, 5, 8], 2),
      wild([2, 5, 8], 3),
      wild([24], 4),
      int32([2, 5], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]),
    ],
    attributes: { num_heads: 2 },
  },
  {
    op: 'MultiHeadAttention',
    title: 'with something added to its scores',
    inputs: [hidden, hidden, hidden, undefined, undefined, wild([2, 2, 3, 3], 5)],
    attributes: { num_heads: 2, scale: 0.3 },
  },
  {
    op: 'RotaryEmbedding',
    inputs: [hidden, int64([1], [2]), wild([8, 2], 2), wild([8, 2], 3)],
    constant: [2, 3],
  },
  {
    op: 'RotaryEmbedding',
    title: 'interleaved, with a place for each word',
    inputs: [hidden, int64([2, 3], [0, 1, 2, 5, 6, 7]), wild([8, 2], 2), wild([8, 2], 3)],
    constant: [2, 3],
    attributes: { interleaved: 1 },
  },
  {
    op: 'QLinearAdd',
    inputs: [...q, whole('uint8', [1, 2, 4, 4], 3), scale(0.01), u8(100), scale(0.03), u8(120)],
  },
  {
    op: 'QLinearMul',
    inputs: [...q, whole('uint8', [1, 2, 4, 4], 3), scale(0.01), u8(100), scale(0.03), u8(120)],
    steps: 1,
  },
  {
    op: 'QLinearConcat',
    inputs: [scale(0.03), u8(120), ...q, whole('uint8', [1, 1, 4, 4], 3), scale(0.01), u8(100)],
    attributes: { axis: 1 },
  },
  {
    op: 'QLinearAveragePool',
    inputs: [...q, scale(0.015), u8(128)],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    steps: 1,
  },
  {
    op: 'QLinearGlobalAveragePool',
    inputs: [...q, scale(0.005), u8(128)],
    attributes: { channels_last: 0 },
    steps: 1,
  },
  {
    op: 'QLinearLeakyRelu',
    inputs: [...q, scale(0.02), u8(30)],
    attributes: { alpha: 0.1 },
    constant: [1, 2, 3, 4],
  },
  { op: 'QLinearSigmoid', inputs: [...q, scale(0.004), u8(0)], constant: [1, 2, 3, 4] },
  {
    op: 'QLinearSoftmax',
    inputs: [...q, scale(1 / 256), u8(0)],
    constant: [1, 2, 3, 4],
    attributes: { axis: -1, opset: 13 },
    steps: 1,
  },
  {
    op: 'QGemm',
    inputs: [
      whole('uint8', [3, 4]),
      scale(0.02),
      u8(128),
      whole('int8', [5, 4], 3),
      f([5], [0.01, 0.02, 0.03, 0.01, 0.05]),
      bytes('int8', [5], [0, 0, 0, 0, 0]),
      int32([5], [100, -200, 0, 50, 7]),
      scale(0.1),
      u8(120),
    ],
    attributes: { transB: 1 },
    constant: [1, 2, 3, 4, 5, 6, 7, 8],
  },
  {
    op: 'QGemm',
    title: 'without a scale of its result',
    inputs: [whole('uint8', [3, 4]), scale(0.02), u8(128), whole('int8', [4, 5], 3), scale(0.01), s8(0)],
    constant: [1, 2, 3, 4, 5],
  },
  {
    op: 'DynamicQuantizeMatMul',
    inputs: [
      wild([3, 4]),
      whole('int8', [4, 5], 3),
      f([5], [0.01, 0.02, 0.03, 0.01, 0.05]),
      undefined,
      wild([5], 3),
    ],
    constant: [1, 2],
  },
  {
    op: 'MatMulIntegerToFloat',
    inputs: [
      whole('uint8', [3, 4]),
      whole('int8', [4, 5], 3),
      scale(0.02),
      scale(0.01),
      u8(128),
      s8(3),
      wild([5]),
    ],
    constant: [1, 2, 3, 4, 5],
  },
  {
    op: 'MatMulNBits',
    title: 'with a zero point a block',
    inputs: [wild([2, 40]), whole('uint8', [3, 3, 8], 5), wild([9], 4, 0.1), whole('uint8', [3 * 2], 7)],
    attributes: { K: 40, N: 3, bits: 4, block_size: 16 },
    constant: [1, 2, 3],
  },
  {
    op: 'MatMulNBits',
    title: 'of 2 bits, with a zero point a block',
    inputs: [wild([2, 40]), whole('uint8', [3, 3, 4], 5), wild([9], 4, 0.1), whole('uint8', [3], 7)],
    attributes: { K: 40, N: 3, bits: 2, block_size: 16 },
    constant: [1, 2, 3],
  },
  {
    op: 'MatMulNBits',
    title: 'of 2 bits around the middle',
    inputs: [wild([2, 32]), whole('uint8', [3, 2, 4], 5), wild([6], 4, 0.1)],
    attributes: { K: 32, N: 3, bits: 2, block_size: 16 },
    constant: [1, 2],
  },
  ...[undefined, f([9], [3, 8, 1, 12, 7, 2, 15, 0, 9])].map((zero): (typeof cases)[number] => ({
    op: 'MatMulNBits',
    title: `whose columns are in any block, ${zero ? 'with a zero point each' : 'around the middle'}`,
    inputs: [wild([2, 40]), whole('uint8', [3, 3, 8], 5), wild([9], 4, 0.1), zero, ofBlocks],
    attributes: { K: 40, N: 3, bits: 4, block_size: 16 },
    constant: [1, 2, 3, 4],
  })),
  // One text: of several, threads divide the rows that are quantised together.
  ...['forward', 'bidirectional'].map((direction) => lstm(direction, direction === 'forward' ? 1 : 2)),
];

/** Six steps of 5 numbers, 8 hidden, a scale for each column of the weights. */
function lstm(direction: string, directions: number): (typeof cases)[number] {
  const scale = f(
    [directions, 32],
    Array.from({ length: 32 * directions }, (_, i) => 0.001 * (1 + (i % 9))),
  );
  const zero = bytes(
    'uint8',
    [directions, 32],
    Array.from({ length: 32 * directions }, () => 128),
  );
  return {
    op: 'DynamicQuantizeLSTM',
    title: direction,
    inputs: [
      wild([6, 1, 5]),
      whole('uint8', [directions, 5, 32], 3),
      whole('uint8', [directions, 8, 32], 5),
      wild([directions, 64], 7),
      undefined,
      wild([directions, 1, 8], 2),
      wild([directions, 1, 8], 4),
      undefined,
      scale,
      zero,
      scale,
      zero,
    ],
    constant: [1, 2, 3, 8, 9, 10, 11],
    attributes: { hidden_size: 8, direction },
    outputs: 3,
  };
}

it.each(cases.map((one) => [`${one.op}${one.title === undefined ? '' : ` ${one.title}`}`, one] as const))(
  '%s',
  async (name, given) => {
    const { steps = 0 } = given;
    const one = { domain: 'com.microsoft', ...given };
    const path = join(folder, 'model.onnx');
    writeFileSync(path, encodeModel(modelOfNode(one)));
    const session = await openStored(path, 'cpu', { optimization: 'disabled' });
    const feeds = one.inputs.flatMap((input, i) =>
      input === undefined || one.constant?.includes(i) === true ? [] : [[`x${i}`, input] as const],
    );
    const theirs = await session.run(new Map(feeds));
    await session.release();
    const ours = await outputsOf(one);
    for (const [i, result] of ours.entries()) {
      const expected = theirs.get(`y${i}`);
      if (expected === undefined || expected.dtype === 'string')
        throw new Error(`${name} gave no output ${i}`);
      expect({ dtype: result.dtype, shape: result.shape }).toEqual({
        dtype: expected.dtype,
        shape: expected.dims,
      });
      const numbers = Array.from(numbersOf(expected) ?? []);
      // A float is a sum of a few numbers near 1; a whole number is exact, but for what a fused kernel rounds otherwise.
      const allowed = expected.dtype === 'float32' ? 1e-5 : steps;
      const worst = Math.max(...result.data.map((value, at) => Math.abs(value - (numbers[at] ?? Infinity))));
      expect(worst).toBeLessThanOrEqual(allowed);
    }
  },
);

it('DynamicQuantizeLSTM has one scale for the hidden states of all texts, or one for each', async () => {
  // The second text has the numbers of the first, turned around: as inputs they have one scale in any case.
  const numbers = Array.from(wild([6, 1, 5]).data as Float32Array);
  const turned = numbers.toReversed();
  const both = Array.from({ length: 6 }, (_, t) =>
    [numbers, turned].map((all) => all.slice(5 * t, 5 * t + 5)),
  );
  const states = [5, 6].map((seed) => Array.from(wild([1, 2, 8], seed).data as Float32Array));
  const of = async (texts: readonly number[], rowsApart: number) => {
    const count = texts.length;
    const x = both.flatMap((step) => texts.flatMap((text) => step[text] ?? []));
    const [h = [], c = []] = states.map((all) => texts.flatMap((text) => all.slice(8 * text, 8 * text + 8)));
    const { inputs, ...rest } = lstm('forward', 1);
    const given = inputs
      .with(0, f([6, count, 5], x))
      .with(5, f([1, count, 8], h))
      .with(6, f([1, count, 8], c));
    const [, last] = await outputsOf({ domain: 'com.microsoft', ...rest, inputs: given }, { rowsApart });
    return last?.data ?? [];
  };
  const alone = [...(await of([0], 0)), ...(await of([1], 0))];
  expect(await of([0, 1], 1)).toEqual(alone);
  const together = await of([0, 1], 0);
  const between = await of([0, 1], 0.5);
  for (const [one, other] of [
    [together, alone],
    [together, between],
    [between, alone],
  ] as const) {
    const worst = Math.max(...one.map((value, i) => Math.abs(value - (other[i] ?? Infinity))));
    expect(worst).toBeGreaterThan(1e-5);
    // A step of each is 1/255 of what is between −1 and 1, weights are at most 1.3, and there are 8 of them.
    expect(worst).toBeLessThan(0.1);
  }
});
