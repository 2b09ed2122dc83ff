/** An estimate in words: rows of a table, for whoever shows it, and the table. */
import type { Estimate, MeasuredEstimate, TooSlowEstimate } from '../../estimate/estimate.ts';
import { formatDuration } from '../../run/duration.ts';
import { table, type TableRow } from '../../tui/table.ts';
import { formatBytes, formatInteger } from './format.ts';

/** What is shown beside what was measured. */
export interface Asked {
  /** Bytes that a step needs at least, by the check that a new run has to pass. */
  readonly stepMemory: number;
  /** What does it: the command without `--estimate`. */
  readonly command: string;
}

/** Names and values, one a line. */
export function estimateRows(estimate: Estimate, { stepMemory, command }: Asked): readonly TableRow[] {
  const check = `${formatBytes(stepMemory)} at least for a step, by the check before a run`;
  const rows = estimate.kind === 'measured' ? measuredRows(estimate, check) : slowRows(estimate, check);
  return [...rows, ['command', command]];
}

export function estimateText(estimate: Estimate, asked: Asked): string {
  return table(estimateRows(estimate, asked));
}

function measuredRows(estimate: MeasuredEstimate, check: string): readonly TableRow[] {
  const { why, steps, secondsPerStep, stepsPerEpoch, epochs, seconds, memory, rough, took } = estimate;
  const { measuring, testing } = seconds;
  const after = [
    counted(stepsPerEpoch, 'step'),
    ...(measuring === null || measuring === 0 ? [] : [`${inWords(measuring)} of measuring`]),
  ];
  const once = [
    `${inWords(seconds.prepare)} to get ready`,
    ...(testing === null || testing === 0 ? [] : [`${inWords(testing)} to measure at the end`]),
  ];
  return [
    ['runtime', why],
    ['a step', `${inWords(secondsPerStep)}, the median of ${counted(steps, 'step')}`],
    ['an epoch', `${inWords(seconds.epoch)}: ${after.join(' and ')}`],
    ['in all', `${inWords(seconds.total)}: ${counted(epochs, 'epoch')}, ${once.join(' and ')}`],
    ['memory', `${formatBytes(memory.peak)}, the most of the process that measured\n${check}`],
    ...(rough.length === 0 ? [] : [['rough', rough.join('\n')] as const]),
    ['estimated in', inWords(took)],
  ];
}

function slowRows({ during, atLeast, took }: TooSlowEstimate, check: string): readonly TableRow[] {
  const what = {
    prepare: ['getting ready', 'data and networks were not ready by then, and no step was taken'],
    step: ['a step', 'the first had not ended by then'],
  } as const;
  const [name, why] = what[during];
  return [
    [name, `more than ${inWords(atLeast)}: ${why}`],
    ['memory', check],
    ['estimated in', inWords(took)],
  ];
}

function counted(count: number, what: string): string {
  return `${formatInteger(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** Two figures of what is short: `0.13 s`, `8.4 s`; then as durations are. */
export function inWords(seconds: number): string {
  if (seconds < 0.001) return '0 s';
  return seconds < 9.95 ? `${Number(seconds.toPrecision(2))} s` : formatDuration(1000 * seconds);
}
