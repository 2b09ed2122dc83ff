/**
 * How fast a search is: `npm run bench:search [-- --rounds 5 --batch 32 --channels 16 --layers 8 --threads 2 --check]`.
 *
 * First, one first-order pass of the supernet (forward, backward, ∇α) on tfjs-node-gpu and, where `npm run test:oracle`
 * has installed it, on the oracle's PyTorch, in its default layout and in channels_last. Each runs in a process of its
 * own; their runs alternate, so that what else the machine does meets all of them, and medians are compared. Then a
 * bilevel step of either order. With `--check`, a floor that is not met makes the exit code 3.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes } from '../src/errors.ts';
import { dartsPrimitives } from '../src/space/primitives.ts';
import { findEnvironment } from '../test/oracle/environment.ts';
import { startContestant, type Contestant } from './support/child.ts';
import { nodes, toArguments, type Size } from './support/size.ts';
import { columns, gigabytes, median } from './support/table.ts';

/** What a change may not fall behind, for the default size on 2 cores. */
const floors = { ofPyTorch: 0.8, bytes: 4e9, secondOrder: 2.6 } as const;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    batch: { type: 'string', default: '32' },
    channels: { type: 'string', default: '16' },
    layers: { type: 'string', default: '8' },
    threads: { type: 'string', default: '2' },
    check: { type: 'boolean', default: false },
  },
});
const size: Size = {
  channels: Number(values.channels),
  layers: Number(values.layers),
  batch: Number(values.batch),
  threads: Number(values.threads),
};
const rounds = Number(values.rounds);
const say = (line: string) => console.log(line);
const verdicts: boolean[] = [];
const verdict = (what: string, value: number, floor: number, show: (value: number) => string): string => {
  verdicts.push(value <= floor);
  return `${what} ${show(value)}: ${value <= floor ? 'within' : 'ABOVE'} ${show(floor)}`;
};
const ratio = (value: number) => value.toFixed(2);

interface Measured {
  readonly name: string;
  readonly ready: Contestant['ready'];
  readonly median: number;
  readonly fastest: number;
  readonly peak: number | undefined;
  /** Tensors alive on the device after each run; empty where the contestant does not count them. */
  readonly tensors: readonly number[];
}

say(
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores; ${size.threads} threads each`,
);
const environment = await findEnvironment();
if (environment.kind === 'missing') say(`Without PyTorch: ${environment.reason}.`);

const passes = await alternate([
  { name: 'Nascent, tfjs-node-gpu', start: () => startOurs('nascent-pass.ts', toArguments(size)) },
  ...(environment.kind === 'missing'
    ? []
    : (['contiguous', 'channels_last'] as const).map((layout) => ({
        name: `PyTorch ${environment.version}, ${layout === 'contiguous' ? 'default layout' : layout}`,
        start: () => startTorch(environment.python, layout),
      }))),
]);
say(
  `\nOne first-order pass: C = ${size.channels}, L = ${size.layers}, batch ${size.batch}, ${rounds} rounds\n`,
);
const [ours, ...torch] = passes;
say(
  columns([
    ['', 'median', 'fastest', 'peak memory', 'kernels, forward', 'kernels, all', 'ratio of ours'],
    ...passes.map((pass) => [
      ...timing(pass),
      shown(pass.ready['forwardKernels']),
      shown(pass.ready['kernels']),
      ours === undefined || pass === ours ? '' : ratio(ours.median / pass.median),
    ]),
  ]),
);
if (ours !== undefined) {
  say('');
  if (torch[0] !== undefined)
    say(verdict('Of default PyTorch', ours.median / torch[0].median, floors.ofPyTorch, ratio));
  if (ours.peak !== undefined) say(verdict('Peak memory', ours.peak, floors.bytes, gigabytes));
  say(steady(ours));
}

const steps = await alternate(
  ([1, 2] as const).map((order) => ({
    name: order === 1 ? 'first order' : 'second order',
    start: () => startOurs('nascent-step.ts', [String(order), ...toArguments(size)]),
  })),
);
say(`\nOne bilevel step, alphas and weights\n`);
say(
  columns([
    ['', 'median', 'fastest', 'peak memory', 'kernels'],
    ...steps.map((step) => [...timing(step), shown(step.ready['kernels'])]),
  ]),
);
const [first, second] = steps;
if (first !== undefined && second !== undefined) {
  say('');
  say(verdict('Second order to first', second.median / first.median, floors.secondOrder, ratio));
  for (const step of steps) say(`${step.name}: ${steady(step)}`);
}
if (values.check && verdicts.includes(false)) process.exitCode = exitCodes.gateFailed;

/** Starts all, then lets each run once a round. */
async function alternate(
  contestants: readonly { readonly name: string; readonly start: () => Promise<Contestant> }[],
): Promise<Measured[]> {
  const started: { readonly name: string; readonly child: Contestant }[] = [];
  try {
    // One after the other: each makes its first, untimed run alone.
    for (const { name, start } of contestants) started.push({ name, child: await start() });
    const runs = started.map(() => ({ seconds: [] as number[], tensors: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      for (const [i, { child }] of started.entries()) {
        const { seconds, tensors } = await child.run();
        runs[i]?.seconds.push(Number(seconds));
        if (typeof tensors === 'number') runs[i]?.tensors.push(tensors);
      }
    }
    return started.map(({ name, child }, i) => {
      const { seconds = [], tensors = [] } = runs[i] ?? {};
      const fastest = Math.min(...seconds);
      return {
        name,
        ready: child.ready,
        median: median(seconds),
        fastest,
        peak: child.peakMemory(),
        tensors,
      };
    });
  } finally {
    for (const { child } of started) child.stop();
  }
}

async function startOurs(script: string, args: readonly string[]): Promise<Contestant> {
  const file = join(import.meta.dirname, 'support', script);
  const threads = String(size.threads);
  return startContestant(process.execPath, [...process.execArgv, file, ...args], {
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: threads,
  });
}

async function startTorch(python: string, layout: string): Promise<Contestant> {
  const file = join(import.meta.dirname, 'support', 'pytorch_pass.py');
  const network = [String(nodes), dartsPrimitives.join(',')];
  return startContestant(python, ['-W', 'ignore', '-B', file, layout, ...toArguments(size), ...network]);
}

function timing({ name, median, fastest, peak }: Measured): string[] {
  return [name, `${median.toFixed(2)} s`, `${fastest.toFixed(2)} s`, gigabytes(peak)];
}

function shown(count: unknown): string {
  return typeof count === 'number' ? count.toLocaleString('en') : '';
}

function steady({ tensors }: Measured): string {
  const grown = (tensors.at(-1) ?? 0) - (tensors[0] ?? 0);
  verdicts.push(grown === 0);
  return grown === 0
    ? `${shown(tensors[0])} tensors alive after every run`
    : `${grown} MORE tensors alive after the last run than after the first`;
}
