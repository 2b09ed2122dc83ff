/**
 * TensorFlow kernels for every op but Scan, which the executor runs, and, where there are no ops of our own, those that
 * need them.
 */
import type { OpName } from '../../../graph/attributes.ts';
import type { Kernel } from '../device.ts';
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import { elementwiseKernels } from './elementwise.ts';
import { convKernels } from './conv.ts';
import { linearKernels } from './linear.ts';
import { normKernels } from './norm.ts';
import { poolKernels } from './pool.ts';
import { recurrentKernels } from './recurrent.ts';
import { separableKernels } from './separable.ts';
import { shapeKernels } from './shape.ts';
import { stackedKernels } from './stacked.ts';

export type TensorFlowKernel<K extends OpName> = Kernel<K, TensorHandle>;

type Fused =
  | 'SeparableHalf'
  | 'SeparableHalfGrad'
  | 'MixedSum'
  | 'PixelPairs'
  | 'PixelPairsGrad'
  | 'Patches'
  | 'StackedProduct'
  | 'StackedProductGrad';

export function tensorflowKernels(tf: TensorFlowOps): {
  readonly [K in Exclude<OpName, 'Scan' | Fused>]: TensorFlowKernel<K>;
} & { readonly [K in Fused]?: TensorFlowKernel<K> } {
  return {
    ...elementwiseKernels(tf),
    ...shapeKernels(tf),
    ...linearKernels(tf),
    ...convKernels(tf),
    ...poolKernels(tf),
    ...normKernels(tf),
    ...recurrentKernels(tf),
    ...(tf.native ? { ...separableKernels(tf), ...stackedKernels(tf) } : {}),
  };
}
