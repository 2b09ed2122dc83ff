/** TensorFlow kernels for every op but Scan, which the executor runs: no definition is needed. */
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
import { shapeKernels } from './shape.ts';

export type TensorFlowKernel<K extends OpName> = Kernel<K, TensorHandle>;

export function tensorflowKernels(tf: TensorFlowOps): {
  readonly [K in Exclude<OpName, 'Scan'>]: TensorFlowKernel<K>;
} {
  return {
    ...elementwiseKernels(tf),
    ...shapeKernels(tf),
    ...linearKernels(tf),
    ...convKernels(tf),
    ...poolKernels(tf),
    ...normKernels(tf),
    ...recurrentKernels(tf),
  };
}
