/** Batch norm with given statistics, by tfjs's fused kernel. In training it runs by its definition. */
import { operand, type CpuKernel, type CpuOps } from './ops.ts';

export function normKernels(tf: CpuOps) {
  return {
    BatchNormalization: (({ attributes, inputLayouts }) => {
      const options = { varianceEpsilon: attributes.epsilon };
      return (inputs) => {
        const x = operand(inputs, 0);
        const rank = x.shape.length;
        const run = (image: typeof x) => {
          const [scale, offset] = [operand(inputs, 1), operand(inputs, 2)];
          const [mean, variance] = [operand(inputs, 3), operand(inputs, 4)];
          return tf.call('FusedBatchNorm', { x: image, scale, offset, mean, variance }, options);
        };
        // The kernel wants channels last, as NHWC and [N, C] have them.
        if (inputLayouts[0] === 'NHWC' && rank === 4) return [run(x)];
        if (rank === 2) return [run(x)];
        const axes = Array.from({ length: rank }, (_, axis) => axis);
        const last = [0, ...axes.slice(2), 1];
        const back = axes.map((axis) => last.indexOf(axis));
        return [tf.transpose(run(tf.transpose(x, last)), back)];
      };
    }) satisfies CpuKernel<'BatchNormalization'>,
  };
}
