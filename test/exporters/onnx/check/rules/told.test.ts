/** Nodes that are called faulty beside nearly the same ones that are right: by what is told, and by onnxruntime. */
import { describe, expect, it } from 'vitest';
import { faultOf, refusalOf } from './held.ts';
import { encodeModel } from '../../../../../proto/onnx.ts';
import { checkModel } from '../../../../../src/onnx/check-model.ts';
import { fed, int, list, modelFor, whole, word, type NodeCase } from './node-case.ts';

const pooled = fed([1, 1, 2, 2]);
const places = whole([5, 7, 13, 15], [1, 1, 2, 2]);
const window = list('kernel_shape', [2, 2]);
const apart = list('strides', [2, 2]);
const channel = fed([3]);
const batch = [fed([2, 3, 4]), channel, channel, channel, channel];

const columns = [fed([1, 5, 5]), whole([5, 5]), whole([1, 5])];
const image = fed([20, 10, 3]);
const text = (shape: readonly number[]) => fed(shape, 'string');
const counted = [
  word('mode', 'TF'),
  int('min_gram_length', 1),
  int('max_gram_length', 2),
  int('max_skip_count', 0),
  list('ngram_counts', [0, 2]),
  list('ngram_indexes', [0, 1, 2]),
  list('pool_int64s', [2, 3, 5, 4]),
];
const bytes = (shape: readonly number[]) => fed(shape, 'uint8');
/** An image, its kernel, and of each the scale and the zero point. */
const quantised = (scale: readonly number[]): NodeCase => ({
  op: 'QLinearConv',
  given: [
    bytes([1, 1, 4, 4]),
    fed([]),
    bytes([]),
    bytes([2, 1, 3, 3]),
    fed(scale),
    bytes(scale),
    fed([]),
    bytes([]),
  ],
  gives: ['uint8'],
});
const packed = (heads: number, own = heads): NodeCase => ({
  op: 'Attention',
  given: [fed([1, 2, 4]), fed([1, 3, 4]), fed([1, 3, 4])],
  attributes: [int('q_num_heads', heads), int('kv_num_heads', own)],
  opset: 23,
});

/** A case, and what is wrong with it. */
type Row = readonly [NodeCase, string | undefined];

const rows: Readonly<Record<string, readonly Row[]>> = {
  'maxima go back by windows that fit the image': [
    [{ op: 'MaxUnpool', given: [pooled, places], attributes: [window, apart] }, undefined],
    [
      { op: 'MaxUnpool', given: [pooled, places, whole([1, 1, 4, 4])], attributes: [window, apart] },
      undefined,
    ],
    [
      { op: 'MaxUnpool', given: [pooled, places], attributes: [list('kernel_shape', [2]), apart] },
      'its kernel_shape [2] must be 2 numbers',
    ],
    [
      { op: 'MaxUnpool', given: [pooled, places], attributes: [window, list('strides', [])] },
      'its strides [] must be 2 numbers',
    ],
    [
      { op: 'MaxUnpool', given: [pooled, whole([5, 7], [1, 1, 1, 2])], attributes: [window, apart] },
      'its tensor of indices is [1, 1, 1, 2], and must be [1, 1, 2, 2]',
    ],
  ],
  'what is measured is given while it is trained': [
    [{ op: 'BatchNormalization', given: batch, opset: 15 }, undefined],
    [
      {
        op: 'BatchNormalization',
        given: batch,
        attributes: [int('training_mode', 1)],
        outputs: 3,
        opset: 15,
      },
      undefined,
    ],
    [
      { op: 'BatchNormalization', given: batch, outputs: 3, opset: 15 },
      'it has 3 outputs, and must have 1 unless it trains',
    ],
    [
      {
        op: 'BatchNormalization',
        given: batch,
        attributes: [int('training_mode', 1)],
        outputs: 2,
        opset: 15,
      },
      'it has 2 outputs, and must have 3 while it trains',
    ],
    [
      { op: 'BatchNormalization', given: batch, outputs: 2, opset: 9 },
      'it has 2 outputs, and must have 1 or 5',
    ],
  ],
  'a shape that is fed is a list': [
    [{ op: 'Expand', given: [fed([1]), fed([2], 'int64')] }, undefined],
    [
      { op: 'Expand', given: [fed([1]), fed([1, 2], 'int64')] },
      'its shape has 2 dimensions ([1, 2]), and must have 1',
    ],
  ],
  'columns become an image by lists of as many numbers': [
    [{ op: 'Col2Im', given: columns, opset: 18 }, undefined],
    [
      { op: 'Col2Im', given: columns, attributes: [list('pads', [0, 0, 0])], opset: 18 },
      'its pads [0, 0, 0] must be 4 numbers',
    ],
    [
      { op: 'Col2Im', given: columns, attributes: [list('strides', [0, 1])], opset: 18 },
      'its strides [0, 1] must be positive',
    ],
    [
      { op: 'Col2Im', given: columns.with(2, whole([5])), opset: 18 },
      'its block_shape is [1], and must be [2]',
    ],
    [
      { op: 'Col2Im', given: columns.with(1, whole([5], [])), opset: 18 },
      'its image_shape has 0 dimensions ([]), and must have 1',
    ],
    [
      { op: 'Col2Im', given: columns.with(0, fed([1, 5, 5, 1])), opset: 18 },
      'its tensor of columns has 4 dimensions ([1, 5, 5, 1]), and must have 3',
    ],
  ],
  'each axis that is cut or filled has a size': [
    [{ op: 'CenterCropPad', given: [image, whole([10, 7, 3])], opset: 18 }, undefined],
    [
      { op: 'CenterCropPad', given: [image, whole([10, 7])], attributes: [list('axes', [-3, 1])], opset: 18 },
      undefined,
    ],
    [
      { op: 'CenterCropPad', given: [image, whole([10])], opset: 18 },
      'its shape has 1 size, and it cuts or fills 3 dimensions',
    ],
    [
      { op: 'CenterCropPad', given: [image, whole([10, 7])], attributes: [list('axes', [0, 3])], opset: 18 },
      'its axis 3 is outside a tensor of 3 dimensions',
    ],
  ],
  'a grid is of two axes or of three': [
    [{ op: 'AffineGrid', given: [fed([1, 2, 3]), whole([1, 1, 4, 5])], opset: 20 }, undefined],
    [{ op: 'AffineGrid', given: [fed([1, 3, 4]), whole([1, 1, 4, 5, 6])], opset: 20 }, undefined],
    [
      { op: 'AffineGrid', given: [fed([1, 2, 3]), whole([1, 1, 4])], opset: 20 },
      'its size has 3 numbers, and must have 4 or 5',
    ],
    [
      { op: 'AffineGrid', given: [fed([1, 2, 3]), whole([1, 1, 4, 5], [1, 4])], opset: 20 },
      'its size has 2 dimensions ([1, 4]), and must have 1',
    ],
  ],
  'a transform is of real numbers or of complex ones': [
    [{ op: 'DFT', given: [fed([1, 8, 1])], attributes: [int('onesided', 1)], opset: 20 }, undefined],
    [{ op: 'DFT', given: [fed([1, 8, 2])], opset: 17 }, undefined],
    [
      { op: 'DFT', given: [fed([1, 8, 2])], attributes: [int('onesided', 1)], opset: 20 },
      'it goes to one side of the spectrum, and its input [1, 8, 2] is not real',
    ],
    [
      { op: 'DFT', given: [fed([2, 8, 1])], attributes: [int('axis', 2)], opset: 17 },
      'its axis 2 is that of the parts of its numbers, the last of [2, 8, 1]',
    ],
    [
      { op: 'DFT', given: [fed([2, 8, 1]), undefined, whole([3], [])], opset: 20 },
      'its axis 3 is outside a tensor of 3 dimensions',
    ],
    [
      { op: 'DFT', given: [fed([2, 8, 1]), whole([4])], opset: 20 },
      'its dft_length is [1], and must be a scalar',
    ],
  ],
  'runs of neighbours are counted in a list': [
    [{ op: 'TfIdfVectorizer', given: [fed([6], 'int64')], attributes: counted }, undefined],
    [
      { op: 'TfIdfVectorizer', given: [fed([1, 2, 6], 'int64')], attributes: counted },
      'its input is [1, 2, 6], and must have 1 or 2 dimensions',
    ],
    [
      {
        op: 'TfIdfVectorizer',
        given: [fed([6], 'int64')],
        attributes: counted.with(1, int('min_gram_length', 3)),
      },
      'its max_gram_length 2 is less than its min_gram_length 3',
    ],
    [
      {
        op: 'TfIdfVectorizer',
        given: [fed([6], 'int64')],
        attributes: counted.with(2, int('max_gram_length', 3)),
      },
      'its max_gram_length is 3, and its ngram_counts [0, 2] go to 2',
    ],
    [
      {
        op: 'TfIdfVectorizer',
        given: [fed([6], 'int64')],
        attributes: counted.with(4, list('ngram_counts', [0, 5])),
      },
      'its ngram_counts [0, 5] must rise, to no more than the 4 of its pool',
    ],
    [
      {
        op: 'TfIdfVectorizer',
        given: [fed([6], 'int64')],
        attributes: counted.with(6, list('pool_int64s', [2, 3, 5, 4, 5])),
      },
      'its pool has 3 for runs of 2, which they do not fill',
    ],
  ],
  'neighbours along channels are some': [
    [{ op: 'LRN', given: [fed([1, 3, 2, 2])], attributes: [int('size', 3)] }, undefined],
    [
      { op: 'LRN', given: [fed([1, 3, 2, 2])], attributes: [int('size', 0)] },
      'its size is 0, and must be positive',
    ],
  ],
  'a kernel has a scale, or one for each channel': [
    [quantised([]), undefined],
    [quantised([2]), undefined],
    [quantised([3]), 'its w_scale is [3], and must be one number, or one for each of 2 channels'],
  ],
  'pads take away no more than there is': [
    [{ op: 'Pad', given: [fed([2, 4]), whole([-1, 0, -1, 0])] }, undefined],
    [{ op: 'Pad', given: [fed([2, 4]), whole([-2, 0, -1, 0])] }, 'its pads take 3 of axis 0 of [2, 4]'],
  ],
  'sums go one way or the other': [
    [{ op: 'CumSum', given: [fed([2]), whole([0], [])], attributes: [int('reverse', 1)] }, undefined],
    [
      { op: 'CumSum', given: [fed([2]), whole([0], [])], attributes: [int('reverse', 2)] },
      'its reverse is 2, and must be 0 or 1',
    ],
  ],
  'heads are of one size': [
    [packed(2), undefined],
    [packed(3), 'Q [1, 2, 4] does not divide into 3 heads'],
    [packed(4, 2), 'Q [1, 2, 4] in 4 heads and K [1, 3, 4] in 2: 1 meets 2'],
  ],
};

/** What onnxruntime has no kernel for, or no version of: https://onnx.ai/onnx/operators/, the page of each op. */
const linear: NodeCase = {
  op: 'LinearAttention',
  given: [
    [1, 3, 8],
    [1, 3, 4],
    [1, 3, 6],
    [1, 2, 2, 3],
    [1, 3, 4],
    [1, 3, 2],
  ].map((shape) => fed(shape)),
  attributes: [int('q_num_heads', 4), int('kv_num_heads', 2)],
  outputs: 2,
  opset: 27,
};
const at = (base: NodeCase, index: number, shape: readonly number[]): NodeCase => ({
  ...base,
  given: base.given?.with(index, fed(shape)) ?? [],
});
const causal: NodeCase = {
  op: 'CausalConvWithState',
  given: [fed([1, 3, 5]), fed([3, 1, 4]), fed([3]), fed([1, 3, 3])],
  outputs: 2,
  opset: 27,
};
const written: NodeCase = {
  op: 'TensorScatter',
  given: [fed([2, 3, 4, 5]), fed([2, 3, 1, 5]), fed([2], 'int64')],
  opset: 24,
};
const offsets: NodeCase = {
  op: 'DeformConv',
  given: [fed([1, 1, 3, 3]), fed([1, 1, 2, 2]), fed([1, 8, 2, 2]), fed([1])],
  opset: 19,
};
const picture = (shape: readonly number[]): NodeCase => ({
  op: 'ImageDecoder',
  given: [bytes(shape)],
  gives: ['uint8'],
  opset: 20,
});
const joined = (a: readonly number[], b: readonly number[]): NodeCase => ({
  op: 'StringConcat',
  given: [text(a), text(b)],
  gives: ['string'],
  opset: 20,
});
const tidied = (shape: readonly number[]): NodeCase => ({
  op: 'StringNormalizer',
  given: [text(shape)],
  gives: ['string'],
});

it.each<Row>([
  [linear, undefined],
  [
    { ...linear, attributes: [int('q_num_heads', 4), int('kv_num_heads', 0)] },
    'its kv_num_heads is 0, and must be positive',
  ],
  [
    { ...linear, attributes: [int('q_num_heads', 4), int('kv_num_heads', 3)] },
    '4 heads of its query are no multiple of 3 of its key',
  ],
  [at(linear, 4, [1, 3]), 'its decay is [1, 3], and must be [1, 3, ?]'],
  [at(linear, 5, [1, 3, 5]), 'its beta is [1, 3, 5], and must end in 1 or 2'],
  [at(linear, 3, [1, 2, 3, 3]), 'its past_state is [1, 2, 3, 3], and must be [1, 2, 2, 3]'],
  [
    { ...linear, given: linear.given?.slice(0, 4) ?? [] },
    'its update_rule gated_delta needs a decay, and it has none',
  ],
  [causal, undefined],
  [at(causal, 3, [2, 3, 3]), 'its past_state is [2, 3, 3], and must be [1, 3, 3]'],
  [at(causal, 1, [2, 1, 4]), 'its weight is [2, 1, 4], and must be [3, 1, ?]'],
  [written, undefined],
  [
    { ...written, given: written.given?.with(2, fed([1], 'int64')) ?? [] },
    'its write_indices is [1], and must be [2]',
  ],
  [at(written, 1, [2, 3, 1, 6]), 'its cache [2, 3, 4, 5] and its update [2, 3, 1, 6] differ off axis -2'],
  [{ ...written, attributes: [int('axis', 0)] }, 'its axis 0 is that of the batch'],
  [offsets, undefined],
  [
    { ...offsets, attributes: [list('kernel_shape', [2, 2, 1])] },
    'its kernel_shape [2, 2, 1] must be 2 numbers',
  ],
  [{ ...offsets, attributes: [list('pads', [0, 0, 0])] }, 'its pads [0, 0, 0] must be 4 numbers'],
  [at(offsets, 0, [1, 1, 3, 3, 1]), 'its kernel has 4 dimensions ([1, 1, 2, 2]), and must have 5'],
  [picture([9]), undefined],
  [picture([3, 3]), 'its stream has 2 dimensions ([3, 3]), and must have 1'],
  [joined([2, 3], [3]), undefined],
  [joined([2], [3]), 'shapes [2] and [3] do not broadcast: 2 meets 3'],
  [{ op: 'SwiGLU', given: [fed([2, 3]), fed([2, 3])], opset: 28 }, undefined],
  [{ op: 'SwiGLU', given: [fed([2, 3]), fed([3])], opset: 28 }, 'its B is [3], and must be [2, 3]'],
  [tidied([1, 3]), undefined],
  [tidied([2, 3]), 'its input is [2, 3], and must be a list, or one row of it'],
])('%#', async (given, fault) => {
  const { faults } = await checkModel(encodeModel(modelFor(given)));
  expect(faults).toEqual(fault === undefined ? [] : [`${given.op} that makes "y0": ${fault}`]);
});

describe.each(Object.entries(rows))('%s', (_, cases) => {
  it.each(cases)('%#', async (given, fault) => {
    expect(faultOf(given)).toBe(fault && `${given.op} that makes "y0": ${fault}`);
    expect((await refusalOf(given)) !== undefined).toBe(fault !== undefined);
  });
});
