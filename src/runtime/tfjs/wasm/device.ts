/**
 * tfjs's WebAssembly backend as a device of the executor: the kernels of the CPU device, called on another backend. What
 * those work out by hand, such as a transpose, is worked out by hand here, too.
 *
 * The backend is a package that `nascent setup --runtimes` fetches, with the copy of tfjs's core that it imports. A backend
 * can only be made by that core's engine, which therefore has it as its choice afterwards.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as tfjs from '@tensorflow/tfjs-core';
import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { messageOf, NascentError } from '../../../errors.ts';
import { findExtra, howToGetExtra } from '../../extra/packages.ts';
import { createTfjsDevice } from '../cpu/device.ts';
import type { Values } from '../cpu/walk.ts';
import type { Device } from '../device.ts';

/** What of the backend is used; the package's own types are not there to be imported. */
interface WasmBackend extends KernelBackend {
  makeOutput(shape: number[], dtype: DataType, memoryOffset: null, values: Values): TensorInfo;
  readSync(dataId: object): Values;
  disposeData(dataId: object): boolean;
  numDataIds(): number;
}

const packageName = '@tensorflow/tfjs-backend-wasm';

/** @throws NascentError 'runtime/unavailable' where the package is missing or does not load */
export async function createTfjsWasmDevice(): Promise<Device<TensorInfo>> {
  const { core, backend } = await load();
  return createTfjsDevice({
    name: 'wasm',
    getKernel: (name) => core.getKernel(name, 'wasm'),
    instance: backend,
    write: (dtype, shape, values) => backend.makeOutput([...shape], dtype, null, values),
    read: ({ dataId }) => backend.readSync(dataId),
    free: ({ dataId }) => void backend.disposeData(dataId),
    alive: () => backend.numDataIds(),
  });
}

async function load(): Promise<{ readonly core: typeof tfjs; readonly backend: WasmBackend }> {
  const found = findExtra(packageName);
  if (found === undefined) throw unavailable(`${packageName} is not installed`);
  try {
    const require = createRequire(join(found.folder, 'package.json'));
    const core = require('@tensorflow/tfjs-core') as typeof tfjs;
    require(found.folder);
    if (!(await core.setBackend('wasm'))) throw new Error('tfjs does not start it');
    return { core, backend: core.findBackend('wasm') as WasmBackend };
  } catch (cause) {
    throw unavailable(messageOf(cause).split('\n', 1)[0] ?? '', cause);
  }
}

function unavailable(reason: string, cause?: unknown): NascentError {
  return new NascentError('runtime/unavailable', `tfjs-wasm cannot be used: ${reason}`, {
    help: howToGetExtra(packageName),
    cause,
  });
}
