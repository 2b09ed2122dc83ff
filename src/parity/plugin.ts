/**
 * A runtime that Nascent does not know: a module with `open(file)`, which gives `run(feeds)`, or an object that has it.
 * TensorRT, a phone on a cable, a server.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dataTypes, type OnnxNumericType } from '../../proto/onnx.ts';
import { messageOf, NascentError } from '../errors.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { AnyTensor, AnyTensors, Numbers } from '../runtime/any-tensor.ts';
import type { OpenModel } from './ways.ts';

/** A tensor as a module is given it, and gives it: values in row-major order, float16 and integers as plain numbers. */
export interface PluginTensor {
  /** ONNX's name of the element type: `float32`, `int64`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A module at its shortest. */
export const pluginExample =
  "export const open = (file) => (feeds) => ({ y: { dtype: 'float32', shape: [1, 3], data: [0.1, 0.2, 0.7] } })";

/** By name. */
export type PluginTensors = Readonly<Record<string, PluginTensor>>;

/** What `open` gives: tensors by input name → tensors by output name. */
export type PluginRun = (feeds: PluginTensors) => PluginTensors | Promise<PluginTensors>;

/** @throws NascentError 'input/invalid' where the module is none, 'runtime/failed' with what it throws */
export async function openPlugin(module: string, file: string): Promise<OpenModel> {
  const path = resolve(module);
  const told = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (cause) {
      throw new NascentError('runtime/failed', `${module} ${what}: ${messageOf(cause)}`, {
        help: 'See to the module that --runtime names.',
        cause,
      });
    }
  };
  const loaded: unknown = await told('cannot be loaded', async () => import(pathToFileURL(path).href));
  const open = propertyOf(loaded, 'open') ?? propertyOf(propertyOf(loaded, 'default'), 'open');
  if (!isFunction(open)) throw wrong(module, 'exports no function open(file)');
  const opened = await told('cannot open the model', async () => open(resolve(file)));
  const run = isFunction(opened) ? opened : propertyOf(opened, 'run');
  if (!isFunction(run)) throw wrong(module, 'opens a model as what is neither run(feeds) nor has it');
  return {
    note: undefined,
    async run(feeds) {
      const given = Object.fromEntries(feeds);
      const outputs = await told('failed to run the model', async () => run.call(opened, given));
      return tensorsOf(module, outputs);
    },
    dispose() {},
  };
}

type AnyFunction = (this: unknown, ...args: readonly unknown[]) => unknown;

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

function propertyOf(value: unknown, name: string): unknown {
  const holds = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return holds ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function tensorsOf(module: string, outputs: unknown): AnyTensors {
  if (typeof outputs !== 'object' || outputs === null) throw wrong(module, 'gives no tensors by name');
  const entries: readonly [string, unknown][] =
    outputs instanceof Map ? [...(outputs as Map<string, unknown>)] : Object.entries(outputs);
  return new Map(entries.map(([name, tensor]) => [name, tensorOf(module, name, tensor)]));
}

function tensorOf(module: string, name: string, tensor: unknown): AnyTensor {
  const dtype = propertyOf(tensor, 'dtype') ?? propertyOf(tensor, 'type') ?? 'float32';
  const shape = propertyOf(tensor, 'shape') ?? propertyOf(tensor, 'dims');
  const data = propertyOf(tensor, 'data');
  const isTensor =
    typeof dtype === 'string' &&
    Object.hasOwn(dataTypes, dtype) &&
    Array.isArray(shape) &&
    (Array.isArray(data) || ArrayBuffer.isView(data));
  if (!isTensor) throw wrong(module, `gives an output "${name}" that is no { dtype, shape, data }`);
  const extents = shape.map(Number);
  const values = data as unknown as ArrayLike<unknown>;
  const size = sizeOf(extents);
  if (!extents.every((extent) => Number.isInteger(extent) && extent >= 0))
    throw wrong(module, `gives an output "${name}" of the shape [${shape.join(', ')}]`);
  if (values.length !== size) {
    throw wrong(
      module,
      `gives an output "${name}" with ${values.length} values for [${shape.join(', ')}], which holds ${size}`,
    );
  }
  const odd = isNumbers(data) ? -1 : Array.from(values).findIndex((value) => !isNumber(value));
  if (odd >= 0) {
    const shown = JSON.stringify(values[odd]) ?? 'nothing';
    throw wrong(module, `gives an output "${name}" with ${shown} among its values, which is no number`);
  }
  return {
    dtype: dtype as OnnxNumericType,
    shape: extents,
    data: isNumbers(data) ? data : Float64Array.from(values as ArrayLike<number>, Number),
  };
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

function isNumbers(data: unknown): data is Numbers {
  return (
    ArrayBuffer.isView(data) &&
    !(data instanceof DataView) &&
    !(data instanceof BigInt64Array) &&
    !(data instanceof BigUint64Array)
  );
}

function wrong(module: string, what: string): NascentError {
  return new NascentError('input/invalid', `${module} ${what}`, {
    help: `Write: ${pluginExample}.`,
  });
}
