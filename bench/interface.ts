/**
 * What the interface costs: `npm run bench:interface [-- PAIRS FRAMES]`, after `npm run build`.
 *
 * A search runs on as many threads as there are, with `nascent watch` open on it. The interface is stopped and continued
 * (SIGSTOP, SIGCONT) in short turns, so that both halves of each of the PAIRS, 40 if nobody says, have nearly the same
 * machine; which comes first alternates. A share of two percent is found under noise of five only by many pairs: the
 * interval says how well. Then FRAMES frames, 100,000 if nobody says, are drawn of a run that changes with every one, and
 * what is in memory after each tenth is printed: it ends with status 1 where that is not flat. With 0 PAIRS there are only
 * frames: `npm run bench:interface -- 0 10000`.
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
/** What memory may come to have more of, over all frames, and still be called flat. */
const residentMayGrow = 1.05;
const heapMayGrow = 1e6;
/** After a turn has begun: until the interface stands, or has caught up, and the step between is over. */
const betweenMs = 1_000;

const folder = mkdtempSync(join(tmpdir(), 'nascent-bench-'));
const run = join(folder, 'run');
try {
  if (pairs > 0) await stepsBesideIt();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (frameCount > 0 && !framesAreFlat()) process.exitCode = 1;

async function stepsBesideIt(): Promise<void> {
  const settings = ['epochs=1000', 'layers=3', 'nodes=2', 'channels=4', 'batch_size=8', 'valid_images=8'];
  const search = spawn(
    process.execPath,
    [main, 'search', '--data', 'synthetic', '--out', run, ...settings.flatMap((each) => ['--set', each])],
    { stdio: 'ignore' },
  );
  try {
    await until(() => stepsAt().length > 3, search);
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
  }
}

/** Draws the frames, and says what is in memory after each tenth of them, and whether that stays. */
function framesAreFlat(): boolean {
  const program = fileURLToPath(new URL('../test/tui/programs/long-interface.ts', import.meta.url));
  const drawn = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', program, String(frameCount)], {
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { heaps, residents, ms, processorMs } = JSON.parse(drawn.stdout) as {
    readonly heaps: readonly number[];
    readonly residents: readonly number[];
    readonly ms: number;
    readonly processorMs: number;
  };
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`\n${frameCount.toLocaleString('en-US')} frames at 120×40, something new in each:\n`);
  console.log(
    columns([
      ['after frames', 'resident', 'heap after garbage collection'],
      ...residents.map((resident, tenth) => [
        Math.round((frameCount * (tenth + 1)) / 10).toLocaleString('en-US'),
        megabytes(resident),
        megabytes(heaps[tenth] ?? Number.NaN),
      ]),
    ]),
  );
  // Code is compiled and caches fill in the first tenths.
  const heapGrew = (heaps.at(-1) ?? Number.NaN) - (heaps[2] ?? Number.NaN);
  const half = Math.floor(residents.length / 2);
  const ratio = Math.max(...residents.slice(half)) / Math.max(...residents.slice(0, half));
  const isFlat = heapGrew <= heapMayGrow && ratio <= residentMayGrow;
  console.log(
    `\n${columns([
      ['a frame', `${processorMs.toFixed(1)} ms of a processor, in ${ms.toFixed(1)} ms`],
      ['resident, second half to first', `${ratio.toFixed(3)} × (at most ${residentMayGrow})`],
      ['heap, since the third tenth', `${megabytes(heapGrew)} (at most ${megabytes(heapMayGrow)})`],
      ['memory', isFlat ? 'flat' : 'NOT FLAT'],
    ])}`,
  );
  return isFlat;
}

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

async function until(condition: () => boolean, search: ChildProcess): Promise<void> {
  while (!condition()) {
    if (search.exitCode !== null) throw new Error('the search ended before it could be measured');
    await sleep(200);
  }
}
