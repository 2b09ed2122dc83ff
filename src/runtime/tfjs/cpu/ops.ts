/** What the kernels of tfjs's CPU backend are written in. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { internal } from '../../../errors.ts';
import type { OpName } from '../../../graph/attributes.ts';
import type { TensorData } from '../../../graph/tensor.ts';
import type { DType } from '../../../graph/types.ts';
import type { Kernel } from '../device.ts';
import type { Values } from './walk.ts';

export type CpuKernel<K extends OpName> = Kernel<K, TensorInfo>;

/** What kernels use: tfjs's kernels by name, and the values themselves. */
export interface CpuOps {
  /** Whether the backend has a kernel of tfjs. */
  readonly has: (name: string) => boolean;
  /** Runs a kernel of tfjs. Operands are named, or a list where the kernel takes any number. */
  readonly call: (
    name: string,
    operands: Readonly<Record<string, TensorInfo>> | readonly TensorInfo[],
    attributes?: Readonly<Record<string, unknown>>,
  ) => TensorInfo;
  /** The values of a tensor, where they lie: not to be changed. */
  readonly values: (handle: TensorInfo) => Values;
  /** A tensor over `values`, which it takes over. */
  readonly make: (dtype: DType, shape: readonly number[], values: TensorData) => TensorInfo;
  /** The same values under another shape. */
  readonly reshape: (handle: TensorInfo, shape: readonly number[]) => TensorInfo;
  readonly transpose: (handle: TensorInfo, permutation: readonly number[]) => TensorInfo;
}

/** The graph type of a handle. */
export function typeOf({ dtype }: TensorInfo): DType {
  if (dtype === 'float32' || dtype === 'bool') return dtype;
  if (dtype === 'int32') return 'int64';
  throw internal(`a kernel of tfjs gave ${dtype}`);
}

/** Operand `index`, which inference has shown to be there. */
export function operand(inputs: readonly TensorInfo[], index: number): TensorInfo {
  const handle = inputs[index];
  if (handle === undefined) throw internal(`operand ${index} of a node is missing`);
  return handle;
}
