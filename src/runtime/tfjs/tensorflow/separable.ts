/** Fused halves of separable convolutions and mixed nodes, by ops of our own; where those are not, definitions serve. */
import { known } from '../../../graph/infer/rule.ts';
import type { Value } from '../../../graph/types.ts';
import type { OpAttribute } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';
import { nativeWindow } from './native.ts';

export function separableKernels(tf: TensorFlowOps) {
  const size = (z: Value | undefined): OpAttribute =>
    tf.int('size', [known(z?.type.shape[2], 'the height'), known(z?.type.shape[3], 'the width')]);

  return {
    SeparableHalf: (({ node, attributes, wanted }) => {
      const options = [
        ...nativeWindow(tf, attributes),
        size(node.outputs[0]),
        tf.bool('relu', attributes.relu === 1),
        tf.int('norms', node.inputs.length - 3),
        tf.float('norm_epsilon', attributes.norm_epsilon),
        tf.bool('statistics', wanted[1] === true || wanted[2] === true),
      ];
      return (inputs) => tf.calls('NascentSeparableHalf', options, inputs, 3);
    }) satisfies TensorFlowKernel<'SeparableHalf'>,

    SeparableHalfGrad: (({ node, attributes, wanted }) => {
      const options = [
        ...nativeWindow(tf, attributes),
        size(node.inputs[0]),
        tf.int('kept', 1 - attributes.again),
        tf.int('dropped', attributes.dropped),
        tf.int('added', attributes.added),
        tf.int('norms', node.inputs.length - 8 + attributes.again - attributes.dropped - attributes.added),
        tf.float('norm_epsilon', attributes.norm_epsilon),
        tf.float('epsilon', attributes.epsilon),
        tf.bool('relu', attributes.relu === 1),
        tf.bool('masked', attributes.masked === 1),
        // Nobody asks for the gradient of an image that is fed, nor, where only the alphas learn, for those of filters.
        tf.bool('input', wanted[0] === true),
        tf.bool('filters', wanted[1] === true || wanted[2] === true),
      ];
      return (inputs) => tf.calls('NascentSeparableHalfGrad', options, inputs, 5);
    }) satisfies TensorFlowKernel<'SeparableHalfGrad'>,

    MixedSum: (({ node, attributes: { plain, scaled, dropped, epsilon } }) => {
      const options = [
        tf.int('count', node.inputs.length),
        tf.int('plain', plain),
        tf.int('scaled', scaled),
        tf.int('dropped', dropped),
        tf.float('epsilon', epsilon),
      ];
      return (inputs) => [tf.call('NascentMixedSum', options, inputs)];
    }) satisfies TensorFlowKernel<'MixedSum'>,

    PixelPairs: (() => (inputs) => [
      tf.call('NascentPixelPairs', [], inputs),
    ]) satisfies TensorFlowKernel<'PixelPairs'>,

    PixelPairsGrad: (({ node }) => {
      const count = [tf.int('count', node.inputs.length)];
      return (inputs) => [tf.call('NascentPixelPairsGrad', count, inputs)];
    }) satisfies TensorFlowKernel<'PixelPairsGrad'>,

    Patches: (({ node, attributes }) => {
      const kernel = tf.int('kernel', attributes.kernel_shape);
      const options = [...nativeWindow(tf, attributes), kernel, size(node.outputs[0])];
      return (inputs) => [tf.call('NascentPatches', options, inputs)];
    }) satisfies TensorFlowKernel<'Patches'>,
  };
}
