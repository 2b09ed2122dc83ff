/**
 * tfjs's CPU backend, plain JavaScript, as a device of the executor; or another backend that tfjs's kernels are called on
 * in the same way.
 *
 * Kernels are taken from tfjs's registry and called on a backend instance of our own. tfjs's engine, its scopes and its
 * global choice of backend are never touched: handles are owned here, and whoever else uses tfjs in the process does
 * not notice. tfjs is imported when a device is made, so that loading this file costs nothing.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { DataType, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { internal, NascentError } from '../../../errors.ts';
import { sizeOf, type TensorData } from '../../../graph/tensor.ts';
import type { DType } from '../../../graph/types.ts';
import type { Device } from '../device.ts';
import { cpuKernels } from './kernels.ts';
import { typeOf, type CpuOps } from './ops.ts';
import { rearranged, transposition, type Values } from './walk.ts';

const tfjsTypes: { readonly [D in DType]: DataType } = { float32: 'float32', int64: 'int32', bool: 'bool' };

/** A backend of tfjs: its kernels by name, and where tensors are held for them. */
export interface TfjsBackend {
  /** What tfjs's registry of kernels calls it. */
  readonly name: 'cpu' | 'wasm';
  readonly getKernel: (name: string) => ReturnType<typeof tfjs.getKernel> | undefined;
  /** What kernels are called on. */
  readonly instance: object;
  readonly write: (dtype: DataType, shape: readonly number[], values: Values) => TensorInfo;
  readonly read: (handle: TensorInfo) => Values;
  readonly free: (handle: TensorInfo) => void;
  /** How many tensors it holds; those that share their values are counted once. */
  readonly alive: () => number;
}

/** @throws NascentError 'runtime/unavailable' where tfjs cannot be imported. */
export async function createTfjsCpuDevice(): Promise<Device<TensorInfo>> {
  const { core, MathBackendCPU } = await load();
  const backend = new MathBackendCPU();
  quietly(core, () => backend.disposeData(backend.write(new Float32Array(1), [1], 'float32')));
  return createTfjsDevice({
    name: 'cpu',
    getKernel: (name) => core.getKernel(name, 'cpu'),
    instance: backend,
    write: (dtype, shape, values) => backend.makeTensorInfo([...shape], dtype, values),
    // Numbers are typed arrays everywhere; only strings are not.
    read: ({ dataId }) => backend.readSync(dataId) as Values,
    free: (handle) => backend.disposeIntermediateTensorInfo(handle),
    alive: () => backend.numDataIds(),
  });
}

export function createTfjsDevice(backend: TfjsBackend): Device<TensorInfo> {
  /** Handles made since the innermost `keeping` began. */
  let made: Set<TensorInfo> | undefined;

  const registered = (handle: TensorInfo): TensorInfo => {
    made?.add(handle);
    return handle;
  };
  const call: CpuOps['call'] = (name, operands, attributes = {}) => {
    const kernel = backend.getKernel(name);
    if (kernel === undefined) throw internal(`tfjs has no ${backend.name} kernel ${name}`);
    const result = kernel.kernelFunc({
      // Kernels that take any number of operands are typed as if they took named ones.
      inputs: operands as NamedTensorInfoMap,
      backend: backend.instance,
      attrs: attributes as NamedAttrMap,
    });
    if (Array.isArray(result)) throw internal(`${name} of tfjs gave several tensors`);
    return registered(result);
  };
  const make: CpuOps['make'] = (dtype, shape, values) =>
    registered(backend.write(tfjsTypes[dtype], shape, asHeld(dtype, values)));
  const values: CpuOps['values'] = (handle) => backend.read(handle);
  const reshape: CpuOps['reshape'] = (handle, shape) => call('Reshape', { x: handle }, { shape });
  const transpose: CpuOps['transpose'] = (handle, permutation) => {
    const { shape, source } = transposition(handle.shape, permutation);
    return make(typeOf(handle), shape, rearranged(values(handle), shape, source));
  };

  const free = (handle: TensorInfo): void => {
    made?.delete(handle);
    backend.free(handle);
  };

  return {
    kernels: cpuKernels({
      has: (name) => backend.getKernel(name) !== undefined,
      call,
      values,
      make,
      reshape,
      transpose,
    }),
    upload: make,
    download: values,
    shapeOf: (handle) => handle.shape,
    reshape,
    transpose,
    unstack: (handle) => {
      const [count = 1, ...rest] = handle.shape;
      const [held, size] = [values(handle), sizeOf(rest)];
      return Array.from({ length: count }, (_, i) =>
        make(typeOf(handle), rest, held.slice(i * size, (i + 1) * size)),
      );
    },
    stack: (dtype, handles) => {
      const shape = handles[0]?.shape ?? [];
      const size = sizeOf(shape);
      const held = dtype === 'float32' ? Float32Array : dtype === 'int64' ? Int32Array : Uint8Array;
      const stacked = new held(handles.length * size);
      handles.forEach((handle, i) => stacked.set(values(handle), i * size));
      return make(dtype, [handles.length, ...shape], stacked);
    },
    free,
    keeping(body) {
      const outer = made;
      const mine = new Set<TensorInfo>();
      made = mine;
      let kept: readonly TensorInfo[] = [];
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
    alive: () => backend.alive(),
  };
}

async function load() {
  try {
    const core = await import('@tensorflow/tfjs-core');
    const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu');
    return { core, MathBackendCPU };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new NascentError('runtime/unavailable', `tfjs-cpu cannot be used: ${reason}`, {
      help: 'Run `npm ci`, which installs @tensorflow/tfjs-core and @tensorflow/tfjs-backend-cpu.',
      cause: error,
    });
  }
}

/**
 * Runs `body` with tfjs's production flag up, and puts the flag back. A backend's first tensor prints an advertisement
 * for tfjs-node on the console; this flag is tfjs's own switch for silence, and nothing else reads it meanwhile.
 */
function quietly(core: typeof tfjs, body: () => void): void {
  const before = core.env().getBool('PROD');
  core.env().set('PROD', true);
  try {
    body();
  } finally {
    core.env().set('PROD', before);
  }
}

function asHeld(dtype: DType, data: TensorData): Values {
  if (dtype === 'float32') return data instanceof Float32Array ? data : Float32Array.from(data);
  if (dtype === 'bool') return data instanceof Uint8Array ? data : Uint8Array.from(data);
  return data instanceof Int32Array ? data : Int32Array.from(data);
}
