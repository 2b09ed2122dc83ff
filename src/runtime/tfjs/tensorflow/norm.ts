/** Batch norm in TensorFlow: one fused kernel forward, one back; in training by ops of ours, where they are. */
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';

export function normKernels(tf: TensorFlowOps) {
  /** From [N, C, …], which images alone do not lie in memory as, to [N, …, C]. */
  const channelsLast = ({ shape }: TensorHandle) => [0, ...shape.map((_, axis) => axis).slice(2), 1];
  /** The kernels want four dimensions, channels last; [N, C] becomes [N, 1, 1, C]. */
  const asImage = (x: TensorHandle): TensorHandle => {
    const { length: rank } = x.shape;
    if (rank === 4) return x;
    const last = rank === 2 ? x : tf.call('Transpose', [], [x, tf.ints(channelsLast(x))]);
    return tf.reshape(last, [-1, 1, 1, x.shape[1] ?? 1]);
  };
  const back = (y: TensorHandle, like: TensorHandle): TensorHandle => {
    const { shape } = like;
    if (shape.length === 4) return y;
    if (shape.length === 2) return tf.reshape(y, shape);
    const last = channelsLast(like);
    const turned = tf.reshape(
      y,
      last.map((axis) => shape[axis] ?? 1),
    );
    return tf.call('Transpose', [], [turned, tf.ints(shape.map((_, axis) => last.indexOf(axis)))]);
  };

  /** Ours want channels last, whatever is before them. */
  const asRows = (x: TensorHandle): TensorHandle => (x.shape.length === 2 ? x : asImage(x));
  const fromRows = (y: TensorHandle, like: TensorHandle): TensorHandle =>
    like.shape.length === 2 ? y : back(y, like);

  return {
    BatchNormalization: (({ node, attributes }) => {
      // In training, by statistics that a half of ours made: a sum of one term, in a twentieth of TensorFlow's time.
      if (node.inputs[3]?.node?.op === 'SeparableHalf') {
        const none = ['plain', 'scaled', 'dropped'].map((terms) => tf.int(terms, 0));
        const sum = [tf.int('count', node.inputs.length), ...none, tf.float('epsilon', attributes.epsilon)];
        return (inputs) => [tf.call('NascentMixedSum', sum, inputs)];
      }
      const options = [tf.float('epsilon', attributes.epsilon), tf.bool('is_training', false)];
      return (inputs) => {
        const [x, ...statistics] = inputs as [TensorHandle, ...TensorHandle[]];
        const [y] = tf.calls('FusedBatchNormV3', options, [asImage(x), ...statistics], 6);
        return [back(y as TensorHandle, x)];
      };
    }) satisfies TensorFlowKernel<'BatchNormalization'>,

    BatchNormTrain: (({ attributes }) => {
      const epsilon = [tf.float('epsilon', attributes.epsilon)];
      if (tf.native) {
        return (inputs) => {
          const [x, ...affine] = inputs as [TensorHandle, ...TensorHandle[]];
          const [y, ...statistics] = tf.calls('NascentBatchNorm', epsilon, [asRows(x), ...affine], 3);
          return [fromRows(y as TensorHandle, x), ...statistics];
        };
      }
      const options = [...epsilon, tf.bool('is_training', true)];
      const empty = tf.floats([], [0]);
      return (inputs) => {
        const [x, scale, bias] = inputs as [TensorHandle, TensorHandle, TensorHandle];
        const image = asImage(x);
        const results = tf.calls('FusedBatchNormV3', options, [image, scale, bias, empty, empty], 6);
        const [y, mean, unbiased, , saved] = results;
        // What the CPU kernel saves for its gradient is the biased variance; cuDNN saves 1/deviation instead.
        const count = (image.shape[0] ?? 1) * (image.shape[1] ?? 1) * (image.shape[2] ?? 1);
        const variance = tf.gpu
          ? tf.call('Mul', [], [unbiased as TensorHandle, tf.floats([(count - 1) / count])])
          : (saved as TensorHandle);
        return [back(y as TensorHandle, x), mean as TensorHandle, variance];
      };
    }) satisfies TensorFlowKernel<'BatchNormTrain'>,

    BatchNormTrainGrad: (({ attributes }) => {
      if (tf.native) {
        const own = [tf.float('epsilon', attributes.epsilon)];
        return (inputs) => {
          const [dy, x, ...rest] = inputs as [TensorHandle, TensorHandle, ...TensorHandle[]];
          const operands = [asRows(dy), asRows(x), ...rest];
          const [dx, ...affine] = tf.calls('NascentBatchNormGrad', own, operands, 3);
          return [fromRows(dx as TensorHandle, x), ...affine];
        };
      }
      const options = [tf.float('epsilon', attributes.epsilon), tf.bool('is_training', true)];
      const epsilon = tf.floats([attributes.epsilon]);
      const empty = tf.floats([], [0]);
      return (inputs) => {
        const [dy, x, scale, mean, variance] = inputs as [
          TensorHandle,
          TensorHandle,
          TensorHandle,
          TensorHandle,
          TensorHandle,
        ];
        const saved = tf.gpu ? tf.call('Rsqrt', [], [tf.call('AddV2', [], [variance, epsilon])]) : variance;
        const operands = [asImage(dy), asImage(x), scale, mean, saved, empty];
        const [dx, dscale, dbias] = tf.calls('FusedBatchNormGradV3', options, operands, 5);
        return [back(dx as TensorHandle, x), dscale as TensorHandle, dbias as TensorHandle];
      };
    }) satisfies TensorFlowKernel<'BatchNormTrainGrad'>,
  };
}
