/**
 * TensorFlow's eager ops as a device of the executor.
 *
 * Ops are called by name through the addon. Attributes are prepared when a graph is compiled; TensorFlow infers type
 * attributes from the inputs, so only what it cannot infer is passed.
 */
import type { TensorData } from '../../../graph/tensor.ts';
import { lower } from '../../../graph/definitions.ts';
import { rebuild } from '../../../graph/rebuild.ts';
import type { DType } from '../../../graph/types.ts';
import type { Device } from '../device.ts';
import type { OpAttribute, TensorFlow, TensorHandle } from '../load.ts';
import { fuse } from './fuse.ts';
import { tensorflowKernels } from './kernels.ts';
import { sampleFirst } from './sampling.ts';
import { sliceStacks } from './prefixes.ts';
import { smallWork } from './small.ts';
import { transposeOnce } from './turned.ts';

/** What kernels use: ops by name, attributes, and constants that live as long as the device. */
export interface TensorFlowOps {
  readonly gpu: boolean;
  /** Whether ops of our own can be called. */
  readonly native: boolean;
  readonly call: (
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorHandle[],
  ) => TensorHandle;
  readonly calls: (
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorHandle[],
    outputs: number,
  ) => TensorHandle[];
  /** A constant int32 tensor; equal constants are one tensor. */
  readonly ints: (values: readonly number[], shape?: readonly number[]) => TensorHandle;
  /** A constant float32 tensor; equal constants are one tensor. */
  readonly floats: (values: readonly number[], shape?: readonly number[]) => TensorHandle;
  /** float32, on the device, uncached. */
  readonly upload: (dtype: DType, shape: readonly number[], data: TensorData) => TensorHandle;
  /** Frees what a kernel made before the kernel ends: for large tensors that only the next op needs. */
  readonly free: (handle: TensorHandle) => void;
  readonly reshape: (handle: TensorHandle, shape: readonly number[]) => TensorHandle;
  readonly int: (name: string, value: number | readonly number[]) => OpAttribute;
  readonly float: (name: string, value: number) => OpAttribute;
  readonly bool: (name: string, value: boolean) => OpAttribute;
  readonly text: (name: string, value: string) => OpAttribute;
  readonly type: (name: string, value: DType) => OpAttribute;
}

export function createTensorFlowDevice({
  binding,
  device: where,
  nativeOps,
}: TensorFlow): Device<TensorHandle> {
  /** Handles made since the innermost `keeping` began. */
  let made: Set<TensorHandle> | undefined;
  let alive = 0;
  const constants = new Map<string, TensorHandle>();

  const dtypes: { readonly [D in DType]: number } = {
    float32: binding.TF_FLOAT,
    int64: binding.TF_INT32,
    bool: binding.TF_BOOL,
  };

  const calls: TensorFlowOps['calls'] = (name, attributes, inputs, outputs) => {
    const ids = inputs.map((input) => input.id);
    const results = binding.executeOp(name, attributes, ids, outputs);
    alive += results.length;
    for (const handle of results) made?.add(handle);
    return results;
  };
  const call: TensorFlowOps['call'] = (name, attributes, inputs) =>
    calls(name, attributes, inputs, 1)[0] as TensorHandle;

  const upload = (dtype: DType, shape: readonly number[], data: TensorData): TensorHandle => {
    const held =
      dtype === 'float32'
        ? asFloat32(data)
        : dtype === 'bool'
          ? Uint8Array.from(data)
          : Int32Array.from(data);
    const id = binding.createTensor(shape, dtypes[dtype], held);
    alive++;
    const handle = { id, shape: [...shape], dtype: dtypes[dtype] };
    made?.add(handle);
    return handle;
  };
  const constant = (dtype: DType, values: readonly number[], shape: readonly number[]): TensorHandle => {
    const key = `${dtype}[${shape.join()}]${values.join()}`;
    const known = constants.get(key);
    if (known !== undefined) return known;
    const outer = made;
    made = undefined;
    const handle = upload(dtype, shape, Float64Array.from(values));
    made = outer;
    // Constants outlive every run and are not counted among the living.
    alive--;
    constants.set(key, handle);
    return handle;
  };
  const free = (handle: TensorHandle): void => {
    made?.delete(handle);
    binding.deleteTensor(handle.id);
    alive--;
  };

  const attribute = (type: number) => (name: string, value: OpAttribute['value']) => ({ name, type, value });

  const tensorflow: TensorFlowOps = {
    gpu: where === 'gpu',
    native: nativeOps,
    call,
    calls,
    ints: (values, shape = [values.length]) => constant('int64', values, shape),
    floats: (values, shape = []) => constant('float32', values, shape),
    upload,
    free,
    reshape: (handle, shape) => call('Reshape', [], [handle, constant('int64', shape, [shape.length])]),
    int: attribute(binding.TF_ATTR_INT),
    float: attribute(binding.TF_ATTR_FLOAT),
    bool: attribute(binding.TF_ATTR_BOOL),
    text: attribute(binding.TF_ATTR_STRING),
    type: (name, dtype) => ({ name, type: binding.TF_ATTR_TYPE, value: dtypes[dtype] }),
  };

  const kernels: Device<TensorHandle>['kernels'] = tensorflowKernels(tensorflow);
  return {
    kernels,
    small: tensorflow.native ? smallWork(tensorflow) : undefined,
    faster(graph) {
      // Without ops of our own, stacks are in their definitions.
      const known = tensorflow.native ? fuse(graph) : lower(graph, (op) => kernels[op] !== undefined);
      const sliced = rebuild(known, sliceStacks(known));
      return rebuild(rebuild(sliced, transposeOnce(sliced)), sampleFirst);
    },
    upload,
    download: (handle) => binding.tensorDataSync(handle.id),
    shapeOf: (handle) => handle.shape,
    reshape: tensorflow.reshape,
    transpose: (handle, permutation) => call('Transpose', [], [handle, tensorflow.ints(permutation)]),
    unstack: (handle) => {
      const count = handle.shape[0] ?? 1;
      const options = [tensorflow.int('num', count), tensorflow.int('axis', 0)];
      return calls('Unpack', options, [handle], count);
    },
    stack: (dtype, handles) => {
      const count = [tensorflow.int('N', handles.length), tensorflow.type('T', dtype)];
      return call('Pack', [...count, tensorflow.int('axis', 0)], handles);
    },
    free,
    keeping(body) {
      const outer = made;
      const mine = new Set<TensorHandle>();
      made = mine;
      let kept: readonly TensorHandle[] = [];
      try {
        kept = body();
      } finally {
        made = undefined;
        const leaves = new Set(kept);
        for (const handle of mine) if (!leaves.has(handle)) free(handle);
        made = outer;
      }
      for (const handle of kept) outer?.add(handle);
      return kept;
    },
    alive: () => alive,
  };
}

/** The addon shares the memory of a Float32Array with TensorFlow; callers pass arrays that are theirs to give. */
function asFloat32(data: TensorData): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
