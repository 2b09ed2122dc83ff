/** Which runtimes are asked: those that are ready, or those that were named, which have to be. */
import { NascentError } from '../errors.ts';
import type { Reporter } from '../run/reporter.ts';
import type { RuntimeReport } from '../runtime/probe/probe.ts';
import { browserRuntimes, runtimes, type RuntimeName } from '../runtime/registry.ts';
import type { Answers } from './answers.ts';
import { columns, isHeldTo } from './compare-pair.ts';
import type { CheckedParityOrder } from './order.ts';
import { allPairs, pairOf, pluginPair, type Pair } from './pairs.ts';

/** Runtimes that are ready and were not left out. */
export function askedPairs(
  { runtimes: named, plugins, against, expected, browser }: CheckedParityOrder,
  ready: ReadonlyMap<string, RuntimeReport>,
  isUnread: boolean,
): readonly Pair[] {
  // Where something else is the measure, the truth is measured, too.
  const isMeasure = (against ?? 'reference') === 'reference' && expected.length === 0;
  const truth = isMeasure ? [] : [pairOf('reference')];
  return [...allPairs, ...truth, ...plugins.map(pluginPair)].filter(({ name, way, runtime, runs }) => {
    if (name === against) return false;
    if (way.what === 'plugin') return true;
    // Whoever names the reference asks how onnxruntime is to it.
    const isInBrowser = browserRuntimes.some((name) => name === runtime);
    // One that runs only graphs and was named fails where there is none: left out, it would look like agreement.
    const isNamed =
      (browser && isInBrowser) ||
      (named?.some((name) => name === runtime || (name === 'reference' && runtime === 'onnxruntime-cpu')) ??
        (isAlways(runtime) && (!isUnread || runs === 'the file')));
    return isNamed && ready.has(runtime);
  });
}

function isAlways(runtime: string): boolean {
  return runtimes[runtime as RuntimeName].asked === 'always';
}

/** What another file is run in. */
export function otherPairs(
  { runtimes: named = ['onnxruntime-cpu'], plugins, browser }: CheckedParityOrder,
  ready: ReadonlyMap<string, RuntimeReport>,
): readonly Pair[] {
  const inBrowser = browserRuntimes.filter((name) => browser && ready.has(name) && !named.includes(name));
  return [...[...named, ...inBrowser].map(pairOf), ...plugins.map(pluginPair)];
}

export function announce(
  asked: readonly Pair[],
  probed: readonly RuntimeReport[],
  isOfFiles: boolean,
  reporter: Reporter,
): void {
  for (const { name: row } of asked) {
    for (const column of columns) reporter.check({ row, column, outcome: 'waiting', text: '' });
  }
  for (const report of isOfFiles ? [] : probed) {
    if (report.status === 'ready') continue;
    reporter.check({
      row: report.name,
      column: columns[0],
      outcome: 'skipped',
      text: `not ready: ${report.reason}`,
    });
  }
}

/**
 * Whether there is an input whose answer a pair can be held to. Where no graph keeps the numbers of any, runtimes that run
 * one are left out unless they are named, as where there is no graph.
 */
export function isHeldToAny(
  { runtimes: named }: CheckedParityOrder,
  answers: Answers,
): (pair: Pair) => boolean {
  const known = answers.seeded.filter((answer) => answer !== undefined);
  return (pair) =>
    named !== undefined ||
    answers.real !== undefined ||
    known.length === 0 ||
    known.some((answer) => isHeldTo(pair, answer));
}

export function announceLeftOut(names: readonly string[], reporter: Reporter): void {
  for (const row of names) {
    reporter.check({ row, column: columns[0], outcome: 'skipped', text: `not compared: ${leftOutText}` });
  }
  if (names.length > 0) reporter.note(`${names.join(', ')}: not compared: ${leftOutText}`);
}

export const leftOutText = 'every input leads to whole numbers beyond 32 bits, which a graph does not keep';

/** Throws where one that was named is not ready: leaving it out would look like agreement. */
export function readyRuntimes(
  probed: readonly RuntimeReport[],
  named: readonly RuntimeName[],
): ReadonlyMap<string, RuntimeReport> {
  const ready = new Map(
    probed.filter(({ status }) => status === 'ready').map((report) => [report.name as string, report]),
  );
  const missing = named.find((name) => !ready.has(name));
  if (missing !== undefined) throw unready(missing, probed);
  return ready;
}

export function unready(name: RuntimeName, probed: readonly RuntimeReport[]): NascentError {
  const report = probed.find((one) => one.name === name);
  const [reason, fix] =
    report?.status === 'unavailable'
      ? [report.reason, report.fix]
      : ['it was not tried', 'Run `nascent doctor`.'];
  return new NascentError('runtime/unavailable', `${name} cannot be compared: ${reason}`, { help: fix });
}
