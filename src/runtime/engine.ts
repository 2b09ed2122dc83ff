/**
 * Which runtime a search or a training runs on: the one that is named, or the fastest that works here.
 */
import { NascentError } from '../errors.ts';
import { engineNames, runtimeNames, runtimeOfEngine, runtimes } from './registry.ts';
import type { EngineName } from './registry.ts';
import type { Runtime } from './runtime.ts';

export { engineNames } from './registry.ts';
export type { EngineName } from './registry.ts';

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
 * Opens the engine `name`, or picks the first of the table that is ready, of those that are not slow: tfjs-node-gpu where
 * it has been set up, else onnxruntime, which needs only npm.
 *
 * @throws NascentError 'runtime/unavailable' where a named engine does not work here, or none does
 */
export async function openEngine(name?: EngineName): Promise<Engine> {
  if (name !== undefined) {
    const runtime = await runtimes[runtimeOfEngine(name)].open();
    return { runtime, why: `${runtime.name} on ${runtime.device}, as asked` };
  }
  const failures: NascentError[] = [];
  for (const { engine, slow, open } of runtimeNames.map((each) => runtimes[each])) {
    if (engine === null || slow) continue;
    try {
      const runtime = await open();
      const [first] = failures;
      return first === undefined
        ? { runtime, why: `${runtime.name} on ${runtime.device}, the fastest that is ready` }
        : { runtime, why: `${runtime.name}, because ${first.message}` };
    } catch (error) {
      if (!(error instanceof NascentError) || error.code !== 'runtime/unavailable') throw error;
      failures.push(error);
    }
  }
  throw new NascentError('runtime/unavailable', failures.map(({ message }) => message).join('; '), {
    help: 'Run `nascent setup`, which makes both work; until then `--engine tfjs-cpu` works, slowly.',
    cause: failures.at(-1),
  });
}
