/**
 * What this machine can run networks on: every runtime, really tried.
 *
 * A list of installed packages would lie (a provider's library may be missing, a driver too old), so each runtime
 * computes something small, in a child process that may crash or hang without harm.
 */
import { requireSignal } from '../../files/progress.ts';
import { runtimeNames, runtimes } from '../registry.ts';
import type { RuntimeName } from '../registry.ts';
import type { Finding, Machine } from './finding.ts';
import { findNvidiaDriver } from './nvidia.ts';
import type { NvidiaDriver } from './nvidia.ts';

/** What is known of one runtime here. */
export type RuntimeReport = { readonly name: RuntimeName } & Finding;

export interface ProbeRuntimesOptions {
  readonly signal?: AbortSignal;
  /** For each runtime; a graphics card that is being woken takes a while. */
  readonly timeoutMs?: number;
  /** Only these. */
  readonly only?: readonly RuntimeName[] | undefined;
  /** Found already (default: it is looked for). */
  readonly driver?: NvidiaDriver | undefined;
}

/**
 * Tries every runtime and reports on each, in the order of the table. Never rejects for what it finds.
 *
 * Those on the processor are tried at once, those on a graphics card one after the other: they would compete for its
 * memory.
 *
 * @throws NascentError 'input/invalid' where the signal is none
 */
export async function probeRuntimes(options: ProbeRuntimesOptions = {}): Promise<RuntimeReport[]> {
  if (options.signal !== undefined) requireSignal(options.signal, 'probeRuntimes');
  const driver = 'driver' in options ? options.driver : await findNvidiaDriver();
  const machine: Machine = { driver, timeoutMs: options.timeoutMs ?? 60_000, signal: options.signal };
  let card: Promise<unknown> = Promise.resolve();
  return Promise.all(
    (options.only ?? runtimeNames).map(async (name) => {
      const { device, probe } = runtimes[name];
      if (device === 'processor') return { name, ...(await probe(machine)) };
      const finding = card.then(() => probe(machine));
      card = finding;
      return { name, ...(await finding) };
    }),
  );
}
