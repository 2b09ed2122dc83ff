/** tfjs CPU kernels: every standard op (Scan is the executor's), and of our own ops those whose definition would be slow. */
import type { StandardOp } from '../../../graph/attributes.ts';
import { internal } from '../../../errors.ts';
import { convKernels } from './conv.ts';
import { elementwiseKernels } from './elementwise.ts';
import { indexingKernels } from './indexing.ts';
import { linearKernels } from './linear.ts';
import { normKernels } from './norm.ts';
import type { CpuKernel, CpuOps } from './ops.ts';
import { poolKernels } from './pool.ts';
import { shapeKernels } from './shape.ts';

type Ours = 'ReluGrad' | 'ConvFilterGrad' | 'MaxPoolGrad' | 'MaxPoolGather';

export function cpuKernels(tf: CpuOps): {
  readonly [K in Exclude<StandardOp, 'Scan'> | Ours]: CpuKernel<K>;
} {
  return {
    Constant: () => {
      throw internal('constants are put on the device by the executor');
    },
    ...elementwiseKernels(tf),
    ...shapeKernels(tf),
    ...indexingKernels(tf),
    ...linearKernels(tf),
    ...convKernels(tf),
    ...poolKernels(tf),
    ...normKernels(tf),
  };
}
