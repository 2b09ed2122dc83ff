/** Batch norm in TensorFlow: one fused kernel forward, one back; in training by ops of ours, where they are. */
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';

export function normKernels(tf: TensorFlowOps) {
  /** The kernels want four dimensions, channels last; [N, C] becomes [N, 1, 1, C]. */
  const asImage = (x: TensorHandle): TensorHandle =>
    x.shape.length === 4 ? x : tf.reshape(x, [x.shape[0] ?? 1, 1, 1, x.shape[1] ?? 1]);
  const back = (y: TensorHandle, like: TensorHandle): TensorHandle =>
    like.shape.length === 4 ? y : tf.reshape(y, like.shape);

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
        const rank = x.shape.length;
        if (rank !== 2 && rank !== 4) {
          // [N, C, …] → [N, …, 1, C] and back.
          const axes = x.shape.map((_, axis) => axis);
          const last = [0, ...axes.slice(2), 1];
          const turned = tf.call('Transpose', [], [x, tf.ints(last)]);
          const rows = tf.reshape(turned, [-1, 1, 1, x.shape[1] ?? 1]);
          const [flat] = tf.calls('FusedBatchNormV3', options, [rows, ...statistics], 6);
          const y = tf.reshape(flat as TensorHandle, turned.shape);
          return [tf.call('Transpose', [], [y, tf.ints(axes.map((axis) => last.indexOf(axis)))])];
        }
        const [y] = tf.calls('FusedBatchNormV3', options, [asImage(x), ...statistics], 6);
        return [back(y as TensorHandle, x)];
      };
    }) satisfies TensorFlowKernel<'BatchNormalization'>,

    BatchNormTrain: (({ attributes }) => {
      const epsilon = [tf.float('epsilon', attributes.epsilon)];
      if (tf.native) return (inputs) => tf.calls('NascentBatchNorm', epsilon, inputs, 3);
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
        return (inputs) => tf.calls('NascentBatchNormGrad', own, inputs, 3);
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
