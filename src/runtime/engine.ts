/**
 * Which runtime a search or a training runs on: the one that is named, or the fastest that works here.
 */
import { NascentError } from '../errors.ts';
import type { Runtime } from './runtime.ts';

/** What a search or a training can run on, the fastest first. */
export const engineNames = ['tfjs-node-gpu', 'onnxruntime', 'tfjs-cpu', 'reference'] as const;
/** One of `engineNames`. */
export type EngineName = (typeof engineNames)[number];

/** The engine that a runtime's name belongs to: `onnxruntime-cpu` is `onnxruntime`. */
export function engineNamed(runtime: string | undefined): EngineName | undefined {
  return engineNames.find((engine) => runtime === engine || runtime?.startsWith(`${engine}-`) === true);
}

/** The runtime that a search or a training runs on. */
export interface Engine {
  readonly runtime: Runtime;
  /** Which it is and why, for people. */
  readonly why: string;
}

/**
 * Opens the engine `name`, or picks one: tfjs-node-gpu where it has been set up, else onnxruntime, which needs only npm.
 *
 * @throws NascentError 'runtime/unavailable' where a named engine does not work here.
 */
export async function openEngine(name?: EngineName): Promise<Engine> {
  if (name !== undefined) {
    const runtime = await open(name);
    return { runtime, why: `${runtime.name} on ${runtime.device}, as asked` };
  }
  try {
    const runtime = await open('tfjs-node-gpu');
    return { runtime, why: `${runtime.name} on ${runtime.device}, the fastest that is ready` };
  } catch (error) {
    if (!(error instanceof NascentError) || error.code !== 'runtime/unavailable') throw error;
    const runtime = await open('onnxruntime');
    return { runtime, why: `${runtime.name}, because ${error.message}` };
  }
}

/** Loads only the runtime that is asked for: each brings a native library of its own. */
async function open(name: EngineName): Promise<Runtime> {
  switch (name) {
    case 'tfjs-node-gpu':
      return (await import('./tfjs/runtime.ts')).createTfjsRuntime('tensorflow');
    case 'tfjs-cpu':
      return (await import('./tfjs/runtime.ts')).createTfjsRuntime('cpu');
    case 'onnxruntime':
      return (await import('./onnxruntime/runtime.ts')).createOnnxRuntime('cpu');
    case 'reference':
      return (await import('./reference/runtime.ts')).createReferenceRuntime();
  }
}
