/** Products of stacked states by ops of our own; where those are not, definitions serve. */
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';

export function stackedKernels(tf: TensorFlowOps) {
  return {
    StackedProduct: (({ node }) => {
      const edges = [tf.int('edges', node.inputs.length - 2)];
      return (inputs) => [tf.call('NascentStackedProduct', edges, inputs)];
    }) satisfies TensorFlowKernel<'StackedProduct'>,

    StackedProductGrad: (({ node, wanted }) => {
      const edges = node.inputs.length - 3;
      // Where only the alphas learn, nobody asks for the weights' gradient.
      const options = [tf.int('edges', edges), tf.bool('weights', wanted[0] === true)];
      return (inputs) => tf.calls('NascentStackedProductGrad', options, inputs, 1 + edges);
    }) satisfies TensorFlowKernel<'StackedProductGrad'>,
  };
}
