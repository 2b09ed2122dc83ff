import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';

import { expect, test } from 'vitest';

import { renderRuns } from '../../src/cli/commands/runs.ts';
import { appendMetrics } from '../../src/run/artefacts/metrics.ts';
import { createRun, openRun } from '../../src/run/directory.ts';
import type { Run } from '../../src/run/directory.ts';
import { holdRun } from '../../src/run/hold.ts';
import { listRuns } from '../../src/run/list-runs.ts';
import type { ListedRun } from '../../src/run/list-runs.ts';
import { finished } from '../../src/run/status.ts';
import { watchRun } from '../../src/run/watch.ts';
import { temporaryFolder } from '../data/temporary.ts';

const make = (path: string, kind: 'search' | 'train' = 'search'): Promise<Run> =>
  createRun(path, { kind, config: {}, seed: 0, engine: 'reference' });
const never = new AbortController().signal;

/** The lease of a process that is dead. */
function leaveLease(run: Run): void {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const lease = { pid, host: hostname(), token: 'dead', heartbeat: Date.now() };
  writeFileSync(run.file('lease.json'), JSON.stringify(lease));
}

/** Every kind of folder there is. */
async function manyRuns(): Promise<string> {
  const root = await temporaryFolder();
  const at = (...parts: string[]) => join(root, ...parts);
  const done = await make(at('search-2'));
  await holdRun(done, 'search', never, async (_, { reporter }) => {
    reporter.stage('search', 'Searching');
    reporter.progress(30, 30, 'steps');
    for (const [epoch, valid_accuracy] of [0.5, 0.75, null, 0.625].entries()) {
      appendMetrics(done, { kind: 'epoch', epoch, valid_accuracy, train_accuracy: 1 });
    }
    return { steps: 30 };
  });
  const training = await make(at('search-2', 'train'), 'train');
  training.acquireLease();
  await training.update({ status: 'running' });
  appendMetrics(training, { kind: 'epoch', epoch: 0, valid_perplexity: 100 });
  appendMetrics(training, { kind: 'epoch', epoch: 1, valid_perplexity: 90 });
  appendMetrics(training, { kind: 'test', epoch: 1, test_perplexity: 80 });
  training.close();
  await make(at('search-10'));
  const crashed = await make(at('deep', 'er', 'crashed'));
  await crashed.update({ status: 'paused' });
  leaveLease(crashed);
  const failed = await make(at('deep', 'failed\x1b[31m'));
  await failed.update({ status: 'failed', reason: 'the loss is \x1b]0;not\x07 a number' });
  // What cannot be read is said, and stops nothing.
  const shorn = await make(at('shorn'));
  appendMetrics(shorn, { kind: 'epoch', epoch: 0, valid_accuracy: 0.5 });
  writeFileSync(shorn.file('events.jsonl'), '');
  rmSync(shorn.file('run.json'));
  const torn = await make(at('torn'));
  writeFileSync(torn.file('run.json'), '{"format"');
  const later = await make(at('later'));
  writeFileSync(
    later.file('run.json'),
    readFileSync(later.file('run.json'), 'utf8').replace('"version": 1', '"version": 2'),
  );
  const holed = await make(at('holed'));
  writeFileSync(holed.file('metrics.jsonl'), '{"kind":\n{"kind":"epoch","epoch":1}\n');
  // What is no run is no row.
  mkdirSync(at('other'));
  writeFileSync(at('other', 'run.json'), '{"name":"a job of another tool"}');
  mkdirSync(at('photos'));
  return root;
}

const plain = (root: string, { path, status, note, best, inside }: ListedRun): unknown => ({
  path: path.slice(root.length + 1),
  status,
  ...(note !== undefined && { note: note.replace(root, '…') }),
  ...(best !== undefined && { best: `${best.measure.title} ${best.value} at ${best.epoch}` }),
  ...(inside.length > 0 && { inside: inside.map((each) => plain(root, each)) }),
});

const lost = (log: string) => `${log}.jsonl is missing: what it said is not shown`;

test('runs are listed with where they stand, what is inside them, and what is wrong with them', async () => {
  const root = await manyRuns();
  const runs = listRuns(root);
  expect(runs.map((run) => plain(root, run))).toEqual([
    { path: 'deep/er/crashed', status: 'crashed', note: lost('events') },
    {
      path: 'deep/failed\x1b[31m',
      status: 'failed',
      note: `the loss is \x1b]0;not\x07 a number; ${lost('events')}`,
    },
    {
      path: 'holed',
      status: 'created',
      note: 'metrics.jsonl is damaged: 1 line is not JSON and was left out',
    },
    {
      path: 'later',
      status: undefined,
      note: '…/later/run.json was written by a later version of Nascent: its format is 2, and 1 is known here',
    },
    {
      path: 'search-2',
      status: 'done',
      best: 'validation accuracy 0.75 at 1',
      note: lost('alphas'),
      inside: [{ path: 'search-2/train', status: 'running', best: 'validation perplexity 90 at 1' }],
    },
    { path: 'search-10', status: 'created' },
    { path: 'shorn', status: undefined, note: expect.stringMatching(/has lost its run\.json: it holds/) },
    { path: 'torn', status: undefined, note: expect.stringMatching(/is not JSON/) },
  ]);
  expect(runs.find(({ status }) => status === 'done')?.progress).toMatchObject({
    done: 30,
    total: 30,
    unit: 'steps',
  });
  // The folder itself may be one.
  expect(listRuns(join(root, 'search-2'))).toMatchObject([
    { status: 'done', inside: [{ status: 'running' }] },
  ]);
  const shown = renderRuns(runs, Date.now()).replaceAll(root, '…');
  expect(shown).toMatch(/^run +kind +status +progress +best +updated +note\n/);
  expect(shown).toMatch(
    /\n…\/search-2 +search +done +30\/30 steps +75\.00 % validation accuracy, epoch 2 +\d+s ago +alphas.*\n {2}…\/search-2\/train +train +running +90\.00 validation/,
  );
  // Nothing of a name or a reason moves the cursor.
  expect(shown).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(shown).toContain(String.raw`failed\u001b[31m`);
});

test('whatever is in the place of a file of one run, the others are listed', async () => {
  const root = await temporaryFolder();
  for (const file of ['events.jsonl', 'metrics.jsonl', 'lease.json', 'run.json']) {
    const run = await make(join(root, `no-${file}`));
    rmSync(run.file(file), { force: true });
    mkdirSync(run.file(file));
  }
  await make(join(root, 'whole'));
  const rows = listRuns(root);
  expect(rows.map(({ path }) => path.slice(root.length + 1))).toEqual([
    'no-events.jsonl',
    'no-lease.json',
    'no-metrics.jsonl',
    'no-run.json',
    'whole',
  ]);
  for (const row of rows.filter(({ path }) => !/whole|lease/.test(path)))
    expect(row.note).toMatch(/is a folder, and no file/);
  expect(rows.at(-1)).toMatchObject({ status: 'created', note: undefined });
});

test('a folder that is not there is refused, an empty one holds no runs', async () => {
  const root = await temporaryFolder();
  expect(listRuns(root)).toEqual([]);
  expect(() => listRuns(join(root, 'none'))).toThrow(/none does not exist$/);
  writeFileSync(join(root, 'file'), '');
  expect(() => listRuns(join(root, 'file'))).toThrow(/file is a file$/);
});

test('a finished run says what came of it', async () => {
  const root = await temporaryFolder();
  const run = await make(join(root, 'a'));
  expect(finished(run)).toBeUndefined();
  await holdRun(run, 'search', never, async () => ({ loss: Number.NaN, steps: 3 }));
  expect(finished(run)).toMatchObject({ record: { status: 'done' }, result: { loss: null, steps: 3 } });
  await expect(
    holdRun(run, 'search', never, async () => {
      throw new Error('again');
    }),
  ).rejects.toThrow('again');
  expect(finished(run)).toBeUndefined();
  expect(run.readEvents().at(-1)).toMatchObject({ kind: 'failed', error: { message: 'again' } });
});

test('what is done with a run beside its own work is told while it is done', async () => {
  const root = await temporaryFolder();
  const run = await make(join(root, 'search-1'));
  await holdRun(run, 'search', never, async () => ({}));
  const besideOf = () => listRuns(root)[0]?.beside;
  expect(besideOf()).toBeUndefined();
  const again = openRun(run.path);
  const lease = again.acquireLease();
  again.appendEvent({ kind: 'begun', stage: 'parity', pid: 1, host: 'here' });
  expect(besideOf()).toEqual({ work: 'parity', progress: undefined });
  again.appendEvent({ kind: 'progress', stage: 'parity', done: 1, total: 4, unit: 'inputs' });
  expect(besideOf()).toMatchObject({ work: 'parity', progress: { done: 1, total: 4 } });
  again.appendEvent({ kind: 'result', job: 'parity', value: null });
  expect(besideOf()).toBeUndefined();
  again.appendEvent({ kind: 'begun', stage: 'parity', pid: 1, host: 'here' });
  lease.release();
  again.close();
  // Who has died does nothing any more.
  expect(besideOf()).toBeUndefined();
});

test('the strategy of a search is told', async () => {
  const root = await temporaryFolder();
  const config = { strategy: 'darts' };
  await createRun(join(root, 'a'), { kind: 'search', config, seed: 0, engine: 'reference' });
  await make(join(root, 'b'));
  expect(listRuns(root).map(({ strategy }) => strategy)).toEqual(['darts', undefined]);
});

// Reading one that never ends would hold whoever lists the runs, and no key or signal would be heard.
test('what is a device, or longer than any run writes, is not read', async () => {
  const root = await temporaryFolder();
  const [record, events, long] = await Promise.all(['a', 'b', 'c'].map((name) => make(join(root, name))));
  for (const file of [record?.file('run.json') ?? '', events?.file('events.jsonl') ?? '']) {
    rmSync(file, { force: true });
    symlinkSync('/dev/null', file);
  }
  writeFileSync(long?.file('events.jsonl') ?? '', '');
  truncateSync(long?.file('events.jsonl') ?? '', 1 << 30);
  const notes = listRuns(root).map(({ note }) => note ?? '');
  expect(notes[0]).toBe(`${root}/a/run.json is a pipe or a device, and no file`);
  expect(notes[1]).toContain('events.jsonl is a pipe or a device, and no file');
  expect(notes[2]).toContain('events.jsonl is longer than any run writes');
  expect(watchRun(join(root, 'b')).look().damage.join()).toContain('is a pipe or a device');
});

test('a log that is a device is not read by who exports the run either', async () => {
  const run = await make(join(await temporaryFolder(), 'a'));
  rmSync(run.file('metrics.jsonl'), { force: true });
  symlinkSync('/dev/null', run.file('metrics.jsonl'));
  expect(() => run.readMetrics()).toThrow('metrics.jsonl is a pipe or a device, and no file');
});

test('a link to a run is listed where it lies, and one that leads back is not', async () => {
  const [root, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
  await make(join(elsewhere, 'large'));
  symlinkSync(join(elsewhere, 'large'), join(root, 'large'));
  symlinkSync('.', join(elsewhere, 'large', 'itself'));
  symlinkSync(join(elsewhere, 'gone'), join(root, 'gone'));
  symlinkSync(elsewhere, join(root, 'no-run'));
  expect(listRuns(root)).toMatchObject([{ path: join(root, 'large'), kind: 'search', inside: [] }]);
});
