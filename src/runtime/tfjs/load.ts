/**
 * TensorFlow itself: the native addon of @tensorflow/tfjs-node-gpu, loaded without the package around it.
 *
 * The package's own JavaScript brings in all of tfjs (one to two seconds, a backend registered globally and a banner
 * on the console). Nascent has an executor of its own and needs only the addon's `executeOp`, so it loads the `.node`
 * file from where the package keeps it. npm installs the package without its addon; `nascent setup` provides that.
 */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { NascentError, messageOf } from '../../errors.ts';
import { addonIn, preloadTensorFlow, setUpFolders, tfjsNodeVersion } from '../native-preload.ts';
import { nativeOpsFor } from './native-ops.ts';
import { nvidiaCards } from '../probe/nvidia.ts';

/** A TensorFlow attribute of an op, as the addon wants it; `type` is one of the binding's `TF_ATTR_…` numbers. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  /** For `TF_ATTR_TYPE` a `TF_…` number; `TF_ATTR_INT`, `_FLOAT` and `_BOOL` also take lists. */
  readonly value: boolean | number | string | readonly number[] | readonly boolean[];
}

/** A tensor that lives in TensorFlow, known to JavaScript by its number. */
export interface TensorHandle {
  readonly id: number;
  readonly shape: number[];
  /** One of the binding's `TF_…` numbers. */
  readonly dtype: number;
}

/** What JavaScript can give to, and gets from, a tensor. 64-bit integers travel as pairs of 32-bit words. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** The addon's functions and constants. Handles are freed only by `deleteTensor`. */
export interface TensorFlowBinding {
  /**
   * Gives `values` to TensorFlow and returns the tensor's id. On a CPU device the memory is shared, not copied: the
   * array must not be changed while the tensor lives.
   */
  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  /** A copy of the tensor's values; waits until they are computed. */
  tensorDataSync(id: number): TensorValues;
  /** Runs one TensorFlow op. Throws with TensorFlow's own message if the op refuses. */
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputIds: readonly number[],
    outputCount: number,
  ): TensorHandle[];
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_UINT8: number;
  readonly TF_COMPLEX64: number;
  readonly TF_STRING: number;
  readonly TF_RESOURCE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  /** The version of the TensorFlow library, for example `2.21.0`. */
  readonly TF_Version: string;
}

/** TensorFlow, loaded. */
export interface TensorFlow {
  readonly binding: TensorFlowBinding;
  /** Version of @tensorflow/tfjs-node-gpu. */
  readonly version: string;
  /** Version of the TensorFlow library underneath. */
  readonly libraryVersion: string;
  readonly device: 'cpu' | 'gpu';
  /** The processor's or the graphics card's own name, where the system tells it. */
  readonly deviceName?: string;
  /** Whether ops of our own are there (`native-ops.ts`). */
  readonly nativeOps: boolean;
}

/** The folder of @tensorflow/tfjs-node-gpu as installed by npm, or undefined: it is an optional dependency. */
export function installedPackage(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'));
  } catch {
    return undefined;
  }
}

let loaded: TensorFlow | undefined;

/**
 * Loads TensorFlow, once a process.
 *
 * @throws NascentError `runtime/unavailable` with the reason, if the addon is missing or does not load.
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  loaded ??= loadFrom(findAddon());
  return Promise.resolve(loaded);
}

/** The addon where npm's copy of the package has it, else where setup keeps it: the package is optional. */
export function findAddon(): string {
  const folders = setUpFolders();
  const places = [installedPackage(), folders.built, folders.installed];
  const addon = places.map((place) => place && addonIn(place)).find((path) => path && existsSync(path));
  if (addon === undefined) throw unavailable('its native part has not been set up yet');
  return addon;
}

/** Loads one addon file; `nascent setup` tries a new build with this, in a child process. */
export function loadFrom(addon: string): TensorFlow {
  setDefaults();
  const holder: { exports: unknown } = { exports: {} };
  const nativeOps = nativeOpsFor(addon);
  try {
    preloadTensorFlow(addon, nativeOps === undefined ? [] : [nativeOps]);
    process.dlopen(holder, realpathSync(addon));
  } catch (error) {
    throw unavailable(firstLine(error), error);
  }
  const binding = holder.exports as TensorFlowBinding;
  const device = binding.isUsingGpuDevice() ? 'gpu' : 'cpu';
  const deviceName = device === 'gpu' ? nvidiaCards()[0] : cpus()[0]?.model.trim();
  return {
    binding,
    version: tfjsNodeVersion,
    libraryVersion: binding.TF_Version,
    device,
    nativeOps: nativeOps !== undefined && device === 'cpu' && hasNativeOps(binding),
    ...(deviceName === undefined || deviceName === '' ? {} : { deviceName }),
  };
}

/** Whether the library was loaded and its ops work: a pool of one element is asked for its gradient. */
function hasNativeOps(binding: TensorFlowBinding): boolean {
  const one = binding.createTensor([1, 1, 1, 1], binding.TF_FLOAT, Float32Array.of(1));
  const list = (name: string, value: readonly number[]) => ({ name, type: binding.TF_ATTR_INT, value });
  const options = [list('kernel', [1, 1]), list('strides', [1, 1]), list('pads', [0, 0])];
  try {
    const [dx] = binding.executeOp('NascentMaxPoolGrad', options, [one, one, one], 1);
    if (dx === undefined) return false;
    const right = binding.tensorDataSync(dx.id)[0] === 1;
    binding.deleteTensor(dx.id);
    return right;
  } catch {
    return false;
  } finally {
    binding.deleteTensor(one);
  }
}

/**
 * TensorFlow's own settings, unless the user has set them: warnings and worse only, and of a graphics card's memory what
 * is needed and not all of it, since onnxruntime may want some. Node hands `process.env` on to the C library.
 */
function setDefaults(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}

function firstLine(error: unknown): string {
  const message = messageOf(error);
  return message.split('\n', 1)[0] ?? message;
}

function unavailable(reason: string, cause?: unknown): NascentError {
  return new NascentError('runtime/unavailable', `tfjs-node-gpu cannot be used: ${reason}`, {
    help: 'Run `nascent setup`, which makes it work on this machine, or choose `--engine onnxruntime`, which needs no set-up.',
    ...(cause === undefined ? {} : { cause }),
  });
}
