/**
 * Contestants that take turns, each in a process of its own, so that what else the machine does meets all of them; and
 * what is said of them against the floors of a benchmark.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { withLargePages } from '../../src/run/large-pages.ts';
import { startContestant, type Contestant } from './child.ts';
import { columns, gigabytes, median } from './table.ts';

export interface Measured {
  readonly name: string;
  readonly ready: Contestant['ready'];
  /** Of each run, in order. */
  readonly seconds: readonly number[];
  readonly median: number;
  readonly fastest: number;
  /** Seconds of the processor, of all threads together; the median. What else runs on a machine changes it little. */
  readonly cpu: number;
  readonly peak: number | undefined;
  /** Tensors alive on the device after each run; empty where the contestant does not count them. */
  readonly tensors: readonly number[];
}

/** Starts all, then lets each run once a round. */
export async function alternate(
  contestants: readonly { readonly name: string; readonly start: () => Promise<Contestant> }[],
  rounds: number,
): Promise<Measured[]> {
  const started: { readonly name: string; readonly child: Contestant }[] = [];
  try {
    // One after the other: each makes its first, untimed run alone.
    for (const { name, start } of contestants) started.push({ name, child: await start() });
    const runs = started.map(() => ({
      seconds: [] as number[],
      cpu: [] as number[],
      tensors: [] as number[],
    }));
    for (let round = 0; round < rounds; round++) {
      for (const [i, { child }] of started.entries()) {
        const { seconds, cpu, tensors } = await child.run();
        runs[i]?.seconds.push(Number(seconds));
        runs[i]?.cpu.push(Number(cpu));
        if (typeof tensors === 'number') runs[i]?.tensors.push(tensors);
      }
    }
    return started.map(({ name, child }, i) => {
      const { seconds = [], cpu = [], tensors = [] } = runs[i] ?? {};
      const times = { median: median(seconds), fastest: Math.min(...seconds), cpu: median(cpu) };
      return { name, ready: child.ready, seconds, ...times, peak: child.peakMemory(), tensors };
    });
  } finally {
    for (const { child } of started) child.stop();
  }
}

/** Starts a script beside this file, on so many threads, with what jobs get, too. */
export async function startOurs(
  script: string,
  args: readonly string[],
  threads: number,
): Promise<Contestant> {
  const file = join(import.meta.dirname, script);
  const environment = {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
  };
  const command = [...process.execArgv, file, ...args];
  return startContestant(process.execPath, command, withLargePages(environment));
}

/** Starts a Python script beside this file. */
export async function startTorch(
  python: string,
  script: string,
  args: readonly string[],
): Promise<Contestant> {
  return startContestant(python, ['-W', 'ignore', '-B', join(import.meta.dirname, script), ...args]);
}

/** What it is run on. */
export function machine(threads: number): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores; ${threads} threads each`;
}

/** Cells of a table: name, median, fastest, seconds of the processor, peak memory. */
export function timing({ name, median: middle, fastest, cpu, peak }: Measured): string[] {
  return [name, `${middle.toFixed(2)} s`, `${fastest.toFixed(2)} s`, `${cpu.toFixed(2)} s`, gigabytes(peak)];
}

export function shown(count: unknown): string {
  return typeof count === 'number' ? count.toLocaleString('en') : '';
}

export function ratio(value: number): string {
  return value.toFixed(2);
}

export interface Verdicts {
  /** A line on a value that is not to be above `floor`. */
  readonly atMost: (what: string, value: number, floor: number, show: (value: number) => string) => string;
  /** Counts a floor that nothing was held to as not met, and gives the line that says so. */
  readonly unknown: (what: string) => string;
  /** A line on whether a contestant holds as many tensors after its last run as after its first. */
  readonly steady: (measured: Measured) => string;
  readonly allMet: () => boolean;
}

export function createVerdicts(): Verdicts {
  let met = true;
  return {
    atMost(what, value, floor, show) {
      const within = value <= floor;
      met &&= within;
      return `${what} ${show(value)}: ${within ? 'within' : 'ABOVE'} ${show(floor)}`;
    },
    unknown(what) {
      met = false;
      return what;
    },
    steady({ tensors }) {
      const grown = (tensors.at(-1) ?? 0) - (tensors[0] ?? 0);
      met &&= grown === 0;
      return grown === 0
        ? `${shown(tensors[0])} tensors alive after every run`
        : `${grown} MORE tensors alive after the last run than after the first`;
    },
    allMet: () => met,
  };
}

/** The table of ours, the first, and PyTorch's, in its default layout first; and what is said of ours. Kernels by column. */
export function raced(
  contestants: readonly Measured[],
  kernels: Readonly<Record<string, string>>,
  floors: { readonly ofPyTorch: number; readonly bytes: number },
  { atMost, steady }: Verdicts,
): string {
  const [ours, ...others] = contestants;
  if (ours === undefined) return '';
  const table = columns([
    ['', 'median', 'fastest', 'CPU', 'peak memory', ...Object.keys(kernels), 'ratio of ours'],
    ...contestants.map((each) => [
      ...timing(each),
      ...Object.values(kernels).map((count) => shown(each.ready[count])),
      each === ours ? '' : ratio(ours.median / each.median),
    ]),
  ]);
  return [
    table,
    '',
    ...(others.length === 0
      ? []
      : [
          atMost(
            others.length > 1 ? 'Of the fastest PyTorch' : 'Of PyTorch',
            ours.median / Math.min(...others.map((each) => each.median)),
            floors.ofPyTorch,
            ratio,
          ),
        ]),
    ...(ours.peak === undefined ? [] : [atMost('Peak memory', ours.peak, floors.bytes, gigabytes)]),
    steady(ours),
  ].join('\n');
}
