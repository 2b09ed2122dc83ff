/**
 * What is missing of the logs of a run, in sentences. Whoever looks at a run is shown what can be read, and told what was
 * left out: lines that are damaged, that a later version wrote, or that are gone with their file.
 */

import { statSync } from 'node:fs';

import { attempt } from '../errors.ts';
import { eventsFile } from './artefacts/events.ts';
import type { LoggedEvent } from './artefacts/events.ts';
import type { RunKind, RunStatus } from './record.ts';

/** The lines of a log that say nothing to this version. */
export interface Lost {
  /** No JSON. */
  readonly broken: number;
  /** Of a later version, as the line itself says. */
  readonly later: number;
  /** JSON that is none of the records of this log. */
  readonly unknown: number;
  /** Whether the file ends within a line. */
  readonly torn: boolean;
}

export const nothingLost: Lost = { broken: 0, later: 0, unknown: 0, torn: false };

/** A line as a record, or why it is none. */
export type ReadLine<T> =
  { readonly kind: 'record'; readonly record: T } | { readonly kind: 'broken' | 'later' | 'unknown' };

/** @param parse a record from a value; undefined for one that is not of the schema */
export function readLine<T>(line: string, parse: (value: unknown) => T | undefined): ReadLine<T> {
  const [value, failure] = attempt<unknown>(() => JSON.parse(line));
  if (failure !== undefined) return { kind: 'broken' };
  const record = parse(value);
  if (record !== undefined) return { kind: 'record', record };
  return { kind: isLater(value) ? 'later' : 'unknown' };
}

/** What is lost where lines are read so. */
export function lostAmong(read: readonly ReadLine<unknown>[]): Lost {
  const count = (kind: 'broken' | 'later' | 'unknown') => read.filter((each) => each.kind === kind).length;
  return { broken: count('broken'), later: count('later'), unknown: count('unknown'), torn: false };
}

function isLater(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'v' in value && typeof value.v === 'number' && value.v > 1
  );
}

/**
 * What a log lost, a sentence each.
 *
 * @param isWritten whether somebody works on the run, and may be writing the end of the last line
 */
export function lossesOf(
  file: string,
  { broken, later, unknown, torn }: Lost,
  isWritten: boolean,
): readonly string[] {
  const lines = (count: number, one: string, more: string) =>
    count === 1 ? `1 line ${one}` : `${count} lines ${more}`;
  return [
    ...(broken === 0
      ? []
      : [`${file} is damaged: ${lines(broken, 'is not JSON and was', 'are not JSON and were')} left out`]),
    ...(later === 0
      ? []
      : [
          `${file} was written by a later version of Nascent: ${lines(later, 'was', 'were')} left out; update Nascent`,
        ]),
    ...(unknown === 0
      ? []
      : [`${file} has ${lines(unknown, 'that is', 'that are')} unknown to this version, and left out`]),
    ...(torn && !isWritten ? [`${file} ends within a line, which was left out`] : []),
  ];
}

/** The logs that a run must have by now and has not, a sentence each; a run that nobody began has none. */
export function missingLogs(
  folder: string,
  kind: RunKind,
  status: RunStatus,
  events: readonly LoggedEvent[],
): readonly string[] {
  const isOver = status !== 'created' && status !== 'running' && status !== 'paused';
  // A checkpoint remembers how long both logs are, so they are there before it.
  const isMeasured = status === 'done' || events.some((event) => event.kind === 'checkpoint');
  return [
    ...(isOver ? [eventsFile] : []),
    ...(isMeasured ? ['metrics.jsonl'] : []),
    ...(isMeasured && kind === 'search' ? ['alphas.jsonl'] : []),
  ]
    .map((name) => `${folder}/${name}`)
    .filter((file) => attempt(() => statSync(file, { throwIfNoEntry: false }))[0] === undefined)
    .map((file) => `${file} is missing: what it said is not shown`);
}
