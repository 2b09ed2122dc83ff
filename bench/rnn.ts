/**
 * How fast a recurrent search is: `npm run bench:rnn [-- --rounds 3 --batch 256 --bptt 35 --units 300 --words 10000
 * --threads 2 --check]`.
 *
 * One first-order step, alphas and weights, on tfjs-node-gpu and, where `npm run test:oracle` has installed it, on the
 * oracle's PyTorch cell. Each runs in a process of its own; their runs alternate, so that what else the machine does
 * meets both, and medians are compared. With `--check`, a floor that is not met makes the exit code 3.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes } from '../src/errors.ts';
import { findEnvironment } from '../test/oracle/environment.ts';
import { startContestant, type Contestant } from './support/child.ts';
import { rnnConfigOf, rnnToArguments, type RnnSize } from './support/rnn-size.ts';
import { columns, gigabytes, median } from './support/table.ts';

/** What a change may not fall behind, for the default size on 2 cores. */
const floors = { ofPyTorch: 1, bytes: 4 * 2 ** 30 } as const;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '256' },
    bptt: { type: 'string', default: '35' },
    units: { type: 'string', default: '300' },
    words: { type: 'string', default: '10000' },
    threads: { type: 'string', default: '2' },
    check: { type: 'boolean', default: false },
  },
});
const size: RnnSize = {
  batch: Number(values.batch),
  bptt: Number(values.bptt),
  units: Number(values.units),
  words: Number(values.words),
  threads: Number(values.threads),
};
const rounds = Number(values.rounds);
const say = (line: string) => console.log(line);
const verdicts: boolean[] = [];
const verdict = (what: string, value: number, floor: number, show: (value: number) => string): string => {
  verdicts.push(value <= floor);
  return `${what} ${show(value)}: ${value <= floor ? 'within' : 'ABOVE'} ${show(floor)}`;
};

say(
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores; ${size.threads} threads each`,
);
const environment = await findEnvironment();
if (environment.kind === 'missing') say(`Without PyTorch: ${environment.reason}.`);

interface Entrant {
  readonly name: string;
  readonly child: Contestant;
  readonly seconds: number[];
  readonly tensors: number[];
}
const entrants: Entrant[] = [];
try {
  // One after the other: each makes its first, untimed run alone.
  enter('Nascent, tfjs-node-gpu', await startOurs());
  if (environment.kind === 'ready') {
    enter(`PyTorch ${environment.version}`, await startTorch(environment.python));
  }
  for (let round = 0; round < rounds; round++) {
    for (const { child, seconds, tensors } of entrants) {
      const run = await child.run();
      seconds.push(Number(run['seconds']));
      if (typeof run['tensors'] === 'number') tensors.push(run['tensors']);
    }
  }
  report();
} finally {
  for (const { child } of entrants) child.stop();
}
if (values.check && verdicts.includes(false)) process.exitCode = exitCodes.gateFailed;

function enter(name: string, child: Contestant): void {
  entrants.push({ name, child, seconds: [], tensors: [] });
}

function report(): void {
  const { batch, bptt, units, words } = size;
  const [ours, torch] = entrants;
  if (ours === undefined) return;
  const middle = median(ours.seconds);
  say(
    `\nOne first-order step: batch ${batch}, bptt ${bptt}, ${units} units, ${words} words, ${rounds} rounds\n`,
  );
  say(
    columns([
      ['', 'median', 'fastest', 'peak memory', 'kernels', 'ratio of ours'],
      ...entrants.map((entrant) => [
        entrant.name,
        `${median(entrant.seconds).toFixed(2)} s`,
        `${Math.min(...entrant.seconds).toFixed(2)} s`,
        gigabytes(entrant.child.peakMemory()),
        typeof entrant.child.ready['kernels'] === 'number'
          ? entrant.child.ready['kernels'].toLocaleString('en')
          : '',
        entrant === ours ? '' : (middle / median(entrant.seconds)).toFixed(2),
      ]),
    ]),
  );
  say('');
  if (torch !== undefined) {
    say(verdict('Of PyTorch', middle / median(torch.seconds), floors.ofPyTorch, (value) => value.toFixed(2)));
  }
  const peak = ours.child.peakMemory();
  if (peak !== undefined) say(verdict('Peak memory', peak, floors.bytes, gigabytes));
  const grown = (ours.tensors.at(-1) ?? 0) - (ours.tensors[0] ?? 0);
  verdicts.push(grown === 0);
  say(
    grown === 0
      ? `${ours.tensors[0] ?? 0} tensors alive after every run`
      : `${grown} MORE tensors alive after the last run than after the first`,
  );
}

async function startOurs(): Promise<Contestant> {
  const file = join(import.meta.dirname, 'support', 'nascent-rnn-step.ts');
  const threads = String(size.threads);
  return startContestant(process.execPath, [...process.execArgv, file, ...rnnToArguments(size)], {
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: threads,
  });
}

async function startTorch(python: string): Promise<Contestant> {
  const file = join(import.meta.dirname, 'support', 'pytorch_rnn_step.py');
  const settings = JSON.stringify(rnnConfigOf(size));
  return startContestant(python, ['-W', 'ignore', '-B', file, ...rnnToArguments(size), settings]);
}
