/**
 * What the interface costs: `npm run bench:interface [-- PAIRS FRAMES]`, after `npm run build`.
 *
 * A search runs on as many threads as there are, with `nascent watch` open on it. The interface is stopped and continued
 * (SIGSTOP, SIGCONT) in short turns, so that both halves of each of the PAIRS, 40 if nobody says, have nearly the same
 * machine; which comes first alternates. A share of two percent is found under noise of five only by many pairs: the
 * interval says how well. Then FRAMES frames, 100,000 if nobody says, are drawn of a run that changes with every one, and
 * what the process holds after the first tenth is compared with what it holds at the end.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { columns, median } from './support/table.ts';

const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
if (!existsSync(main)) throw new Error('there is no build to measure; run `npm run build` first');
const pairs = Number(process.argv[2] ?? 40);
const frameCount = Number(process.argv[3] ?? 100_000);
const turnMs = 8_000;
/** After a turn has begun: until the interface stands, or has caught up, and the step between is over. */
const betweenMs = 1_000;

const folder = mkdtempSync(join(tmpdir(), 'nascent-bench-'));
const run = join(folder, 'run');
const settings = ['epochs=1000', 'layers=3', 'nodes=2', 'channels=4', 'batch_size=8', 'valid_images=8'];
const search = spawn(
  process.execPath,
  [main, 'search', '--data', 'synthetic', '--out', run, ...settings.flatMap((each) => ['--set', each])],
  { stdio: 'ignore' },
);
try {
  await until(() => stepsAt().length > 3);
  const watch = open();
  await sleep(5_000);
  const viewer = processOf(watch);
  let seconds = 0;
  const processorBefore = processorSeconds(viewer);
  const turns: { readonly isOpen: boolean; readonly from: number; readonly to: number }[] = [];
  for (let turn = 0; turn < 2 * pairs; turn++) {
    const isOpen = [true, false, false, true][turn % 4] === true;
    process.kill(viewer, isOpen ? 'SIGCONT' : 'SIGSTOP');
    // `script` stops itself with its child.
    if (isOpen) watch.kill('SIGCONT');
    const began = Date.now();
    await sleep(turnMs);
    const ended = Date.now();
    if (isOpen) seconds += (ended - began) / 1000;
    turns.push({ isOpen, from: began + betweenMs, to: ended });
  }
  process.kill(viewer, 'SIGCONT');
  watch.kill('SIGCONT');
  const processor = processorSeconds(viewer) - processorBefore;
  // The last steps are told a second later.
  await sleep(2_000);
  process.kill(viewer, 'SIGTERM');
  const steps = stepsAt();
  const took = turns.map(({ isOpen, from, to }) => ({
    isOpen,
    ms: (to - from) / (doneAt(steps, to) - doneAt(steps, from)),
  }));
  const of = (isOpen: boolean) => took.filter((turn) => turn.isOpen === isOpen).map(({ ms }) => ms);
  const [withIt, without] = [of(true), of(false)];
  const ratios = withIt.map((ms, pair) => ms / (without[pair] ?? Number.NaN)).toSorted((a, b) => a - b);
  // Of the median, by the ranks between which it lies 95 times of 100.
  const reach = Math.ceil(0.98 * Math.sqrt(pairs));
  const [low = Number.NaN, high = Number.NaN] = [
    ratios[Math.max(0, Math.floor(pairs / 2) - reach)],
    ratios[Math.min(pairs - 1, Math.floor(pairs / 2) + reach)],
  ];
  console.log(`A step of a search, medians of ${pairs} pairs of turns of ${turnMs / 1000} s:\n`);
  console.log(
    columns([
      ['without the interface', `${median(without).toFixed(1)} ms`],
      ['with nascent watch open', `${median(withIt).toFixed(1)} ms`],
      [
        'ratio, pair by pair',
        `${median(ratios).toFixed(3)} × (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})`,
      ],
      ['processor time of the interface', `${((100 * processor) / seconds).toFixed(1)} % of one core`],
    ]),
  );
} finally {
  search.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

const frames = fileURLToPath(new URL('../test/tui/programs/long-interface.ts', import.meta.url));
const drawn = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', frames, String(frameCount)], {
  encoding: 'utf8',
  env: { ...process.env, NODE_ENV: undefined },
});
const { heaps, residents, ms } = JSON.parse(drawn.stdout) as {
  readonly heaps: readonly number[];
  readonly residents: readonly number[];
  readonly ms: number;
};
const [first = 0, last = 0] = [residents[0], residents.at(-1)];
console.log(`\n${frameCount.toLocaleString('en-US')} frames at 120×40, something new in each:\n`);
console.log(
  columns([
    ['a frame', `${ms.toFixed(1)} ms`],
    ['memory after a tenth', `${(first / 1e6).toFixed(0)} MB`],
    ['memory at the end', `${(last / 1e6).toFixed(0)} MB`],
    ['ratio', `${(last / first).toFixed(3)} ×`],
    ['heap after garbage collection', `${((heaps.at(-1) ?? 0) / (heaps[0] ?? 1)).toFixed(3)} ×`],
  ]),
);

/** `nascent watch` on a terminal of its own, which util-linux's `script` gives it. */
function open(): ChildProcess {
  const command = `stty rows 40 cols 120; exec ${process.execPath} ${main} watch ${run}`;
  const { CI: _, ...env } = process.env;
  return spawn('script', ['-qfc', command, '/dev/null'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...env, TERM: 'xterm-256color' },
  });
}

interface Step {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly done: number;
}

/** What the run's events say of its steps. */
function stepsAt(): readonly Step[] {
  if (!existsSync(join(run, 'events.jsonl'))) return [];
  return readFileSync(join(run, 'events.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"figures"'))
    .map((line) => JSON.parse(line) as { readonly at: string; readonly done: number })
    .map(({ at, done }) => ({ at: Date.parse(at), done }));
}

/** Steps done at a moment, between what was said before it and after it. */
function doneAt(steps: readonly Step[], at: number): number {
  const next = steps.findIndex((step) => step.at >= at);
  const [before, after] = [steps[next - 1], steps[next]];
  if (before === undefined || after === undefined) return Number.NaN;
  return before.done + ((after.done - before.done) * (at - before.at)) / (after.at - before.at);
}

/** The process that `script` runs for us. */
function processOf(watch: ChildProcess): number {
  const children = readFileSync(`/proc/${watch.pid}/task/${watch.pid}/children`, 'utf8').trim();
  if (!/^\d+$/.test(children)) throw new Error(`nascent watch did not stay: its processes are "${children}"`);
  return Number(children);
}

/** What a process has used so far, user and system together; Linux counts in hundredths. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (search.exitCode !== null) throw new Error('the search ended before it could be measured');
    await sleep(200);
  }
}
