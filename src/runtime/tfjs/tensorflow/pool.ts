/**
 * Pools in TensorFlow, NHWC.
 *
 * MaxPool takes explicit pads. AvgPool takes only SAME and VALID, and SAME pads unevenly at stride 2; where SAME is not
 * what the graph says, the image is padded with zeros and the mean corrected by how much of each window was padding.
 */
import type { AveragePoolAttributes, PoolAttributes } from '../../../graph/attributes.ts';
import { windowExtents } from '../../../graph/definitions.ts';
import { known } from '../../../graph/infer/rule.ts';
import type { Value } from '../../../graph/types.ts';
import type { OpAttribute, TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';
import { nativeMaxPoolGrad } from './native.ts';
import { separableMaxPoolGrad } from './max-pool-grad.ts';

type Size = readonly [number, number];

export function poolKernels(tf: TensorFlowOps) {
  const windows = ({ kernel_shape, strides }: PoolAttributes): OpAttribute[] => [
    tf.int('ksize', [1, ...kernel_shape, 1]),
    tf.int('strides', [1, ...strides, 1]),
  ];
  const explicit = ({ pads: [top, left, bottom, right] }: PoolAttributes): OpAttribute[] =>
    top + left + bottom + right === 0
      ? [tf.text('padding', 'VALID')]
      : [tf.text('padding', 'EXPLICIT'), tf.int('explicit_paddings', [0, 0, top, bottom, left, right, 0, 0])];

  const sizeOfImage = (value: Value | undefined): Size => [
    known(value?.type.shape[2], 'the height'),
    known(value?.type.shape[3], 'the width'),
  ];
  const padding = ({ pads: [top, left, bottom, right] }: PoolAttributes): TensorHandle =>
    tf.ints([0, 0, top, bottom, left, right, 0, 0], [4, 2]);

  /** For each output of the pool, where in x (flattened, in graph order, padding not counted) its maximum stands. */
  const argmax = (x: TensorHandle, pool: PoolAttributes): TensorHandle => {
    const [top, left, bottom, right] = pool.pads;
    const lowest = tf.floats([-Infinity]);
    const padded = tf.call('PadV2', [], [x, padding(pool), lowest]);
    const options = [
      ...windows(pool),
      tf.text('padding', 'VALID'),
      tf.type('Targmax', 'int64'),
      tf.bool('include_batch_in_index', true),
    ];
    const [, positions] = tf.calls('MaxPoolWithArgmax', options, [padded], 2);
    const [N = 1, H = 1, W = 1, C = 1] = x.shape;
    const [rows, columns] = [H + top + bottom, W + left + right];
    const graphPosition = new Int32Array(N * rows * columns * C);
    let at = 0;
    for (let n = 0; n < N; n++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          for (let c = 0; c < C; c++) graphPosition[at++] = ((n * C + c) * H + (i - top)) * W + (j - left);
        }
      }
    }
    const table = tf.upload('int64', [graphPosition.length], graphPosition);
    return tf.call('GatherV2', [], [table, positions as TensorHandle, tf.ints([0], [])]);
  };

  const nchw = tf.ints([0, 3, 1, 2]);

  /** Whether TensorFlow's SAME is this pool: odd kernel, stride 1, padded by half, padding not counted. */
  const isSame = ({
    kernel_shape: [kh, kw],
    strides,
    pads,
    count_include_pad,
  }: AveragePoolAttributes): boolean =>
    count_include_pad === 0 &&
    strides.every((stride) => stride === 1) &&
    [kh, kw].every((k) => k % 2 === 1) &&
    pads.every((pad, i) => pad === ((i % 2 === 0 ? kh : kw) - 1) / 2);

  const average = (pool: AveragePoolAttributes, size: Size) => {
    const unpadded = pool.pads.every((pad) => pad === 0);
    const same = isSame(pool);
    const [rows, columns] = windowExtents(pool, size);
    const full = pool.kernel_shape[0] * pool.kernel_shape[1];
    // Mean over the whole window, padding included, times this, is the mean over what the window covers.
    const values = rows.flatMap((row) => columns.map((column) => full / (row * column)));
    return {
      direct: unpadded || same,
      options: [...windows(pool), tf.text('padding', same ? 'SAME' : 'VALID')],
      correction:
        pool.count_include_pad === 1 ? undefined : tf.floats(values, [1, rows.length, columns.length, 1]),
    };
  };
  const corrected = (x: TensorHandle, correction: TensorHandle | undefined): TensorHandle =>
    correction === undefined ? x : tf.call('Mul', [], [x, correction]);

  return {
    MaxPool: (({ attributes, wanted }) => {
      const options = [...windows(attributes), ...explicit(attributes)];
      return (inputs) => {
        const [x] = inputs as [TensorHandle];
        const y = tf.call('MaxPool', options, [x]);
        if (!wanted[1]) return [y];
        return [y, tf.call('Transpose', [], [argmax(x, attributes), nchw])];
      };
    }) satisfies TensorFlowKernel<'MaxPool'>,

    MaxPoolGrad: (({ attributes }) => {
      const options = [...windows(attributes), ...explicit(attributes)];
      if (tf.native) {
        const gradient = nativeMaxPoolGrad(tf, attributes);
        return (inputs) => [gradient(inputs)];
      }
      if (!tf.gpu && attributes.strides.every((stride) => stride === 1)) {
        const gradient = separableMaxPoolGrad(tf, attributes);
        return (inputs) => [gradient(...(inputs as [TensorHandle, TensorHandle, TensorHandle]))];
      }
      return (inputs) => [tf.call('MaxPoolGrad', options, inputs)];
    }) satisfies TensorFlowKernel<'MaxPoolGrad'>,

    MaxPoolGather: (({ attributes }) =>
      (inputs) => {
        const [x, , u] = inputs as [TensorHandle, TensorHandle, TensorHandle];
        const flat = tf.reshape(tf.call('Transpose', [], [u, nchw]), [-1]);
        return [tf.call('GatherV2', [], [flat, argmax(x, attributes), tf.ints([0], [])])];
      }) satisfies TensorFlowKernel<'MaxPoolGather'>,

    AveragePool: (({ node, attributes }) => {
      const { direct, options, correction } = average(attributes, sizeOfImage(node.inputs[0]));
      if (direct) return (inputs) => [tf.call('AvgPool', options, inputs)];
      const paddings = padding(attributes);
      return (inputs) => {
        const padded = tf.call('Pad', [], [...inputs, paddings]);
        return [corrected(tf.call('AvgPool', options, [padded]), correction)];
      };
    }) satisfies TensorFlowKernel<'AveragePool'>,

    AveragePoolGrad: (({ attributes }) => {
      const { input_size, pads } = attributes;
      const { direct, options, correction } = average(attributes, input_size);
      const [top, left, bottom, right] = pads;
      return (inputs) => {
        const [dy] = inputs as [TensorHandle];
        const [N, C] = [dy.shape[0] ?? 1, dy.shape[3] ?? 1];
        if (direct) return [tf.call('AvgPoolGrad', options, [tf.ints([N, ...input_size, C]), dy])];
        const padded = tf.ints([N, input_size[0] + top + bottom, input_size[1] + left + right, C]);
        const dx = tf.call('AvgPoolGrad', options, [padded, corrected(dy, correction)]);
        return [tf.call('Slice', [], [dx, tf.ints([0, top, left, 0]), tf.ints([N, ...input_size, C])])];
      };
    }) satisfies TensorFlowKernel<'AveragePoolGrad'>,

    GlobalAveragePool: (() => {
      const axes = tf.ints([1, 2]);
      const keep = [tf.bool('keep_dims', true)];
      return (inputs) => [tf.call('Mean', keep, [...inputs, axes])];
    }) satisfies TensorFlowKernel<'GlobalAveragePool'>,
  };
}
