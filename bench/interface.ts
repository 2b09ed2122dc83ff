/**
 * What the interface costs: `npm run bench:interface [-- SECONDS FRAMES]`, after `npm run build`.
 *
 * A search runs on as many threads as there are, and the interface is opened and closed beside it in turns of SECONDS;
 * a step with it open is compared with the steps around it without. Then FRAMES frames, 100,000 if nobody says, are drawn
 * of a run that changes with every one, and what the process holds after the first tenth is compared with what it holds at the end.
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
const seconds = Number(process.argv[2] ?? 30);
const frameCount = Number(process.argv[3] ?? 100_000);
const turns = 5;

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
  // Turns without it and with it, one after the other, on the same machine at nearly the same time.
  const without: number[] = [];
  const withIt: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    without.push(await secondsAStep());
    const watch = open();
    // Loading it is not watching.
    await sleep(3_000);
    withIt.push(await secondsAStep());
    watch.kill('SIGTERM');
    await sleep(500);
  }
  const ratios = withIt.map((took, turn) => took / (without[turn] ?? Number.NaN));
  console.log(`A step of a search, medians of ${turns} turns of ${seconds} s:\n`);
  console.log(
    columns([
      ['without the interface', `${(1000 * median(without)).toFixed(1)} ms`],
      ['with nascent watch open', `${(1000 * median(withIt)).toFixed(1)} ms`],
      ['ratio', `${median(ratios).toFixed(3)} ×`],
      ['ratios', ratios.map((ratio) => ratio.toFixed(3)).join(' ')],
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
    .map(({ at, done }) => ({ at: Date.parse(at) / 1000, done }));
}

async function secondsAStep(): Promise<number> {
  const from = Date.now() / 1000;
  await sleep(1000 * seconds);
  const steps = stepsAt().filter(({ at }) => at >= from);
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined || last.done <= first.done) return Number.NaN;
  return (last.at - first.at) / (last.done - first.done);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (search.exitCode !== null) throw new Error('the search ended before it could be measured');
    await sleep(200);
  }
}
