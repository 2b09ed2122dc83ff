/**
 * The tfjs runtime: TensorFlow's own kernels through tfjs-node-gpu, or tfjs's backends in plain JavaScript and in
 * WebAssembly. One executor serves all.
 */
import type { CompileOptions, Runtime, RuntimeName, Store } from '../runtime.ts';
import { internal } from '../../errors.ts';
import type { Device } from './device.ts';
import { compileFor } from './executor.ts';
import { loadTensorFlow } from './load.ts';
import { createDeviceStore, type DeviceStore } from './store.ts';
import { createTensorFlowDevice } from './tensorflow/device.ts';

export interface TfjsRuntime extends Runtime {
  /** Tensors alive on the device now, constants of compiled programs and state included. */
  readonly alive: () => number;
}

/** Throws 'runtime/unavailable' where TensorFlow's addon, or the package of the backend, cannot be loaded. */
export async function createTfjsRuntime(backend: 'tensorflow' | 'cpu' | 'wasm'): Promise<TfjsRuntime> {
  if (backend === 'wasm') {
    const { createTfjsWasmDevice } = await import('./wasm/device.ts');
    return runtimeOn('tfjs-wasm', 'cpu', await createTfjsWasmDevice());
  }
  if (backend === 'cpu') {
    // tfjs takes a second to load, and few commands need it.
    const { createTfjsCpuDevice } = await import('./cpu/device.ts');
    return runtimeOn('tfjs-cpu', 'cpu', await createTfjsCpuDevice());
  }
  const tensorflow = await loadTensorFlow();
  const device = tensorflow.deviceName ?? tensorflow.device;
  return runtimeOn('tfjs-node-gpu', device, createTensorFlowDevice(tensorflow));
}

function runtimeOn<H>(name: RuntimeName, deviceName: string, device: Device<H>): TfjsRuntime {
  const stores = new WeakMap<Store, DeviceStore<H>>();
  return {
    name,
    device: deviceName,
    alive: () => device.alive(),
    createStore() {
      const store = createDeviceStore(device);
      stores.set(store, store);
      return store;
    },
    async compile(graph, { store, updates }: CompileOptions = {}) {
      const own = store === undefined ? undefined : stores.get(store);
      if (store !== undefined && own === undefined) throw internal('the store belongs to another runtime');
      const options = {
        ...(own === undefined ? {} : { store: own }),
        ...(updates === undefined ? {} : { updates }),
      };
      return Promise.resolve(compileFor(device, graph, options));
    },
  };
}
