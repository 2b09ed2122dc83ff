import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, expect, test, vi } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { spawnJob } from '../../src/run/child.ts';
import { createRun } from '../../src/run/directory.ts';
import type { JobEvent } from '../../src/run/events.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-child-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const worker = new URL('helpers/worker.ts', import.meta.url);

function start(job: string, args: unknown, onEvent: (event: JobEvent) => void = () => {}) {
  const stop = new AbortController();
  const kill = new AbortController();
  const control = { stop: stop.signal, kill: kill.signal };
  return { stop, kill, ended: spawnJob({ job, arguments: args, worker }, onEvent, control) };
}

/** What a job that fails throws. */
async function failure(job: string, args: unknown): Promise<unknown> {
  return start(job, args).ended.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

test('events arrive in order, progress thinned out, and the result as it was', async () => {
  const events: JobEvent[] = [];
  const value = await start('search', { preset: 'quick' }, (event) => events.push(event)).ended;
  const result = { args: { preset: 'quick' }, loss: Number.NaN, weights: new Float32Array([1, 2]) };
  expect(value).toEqual(result);
  expect(events.slice(0, 3)).toEqual([
    { kind: 'stage', stage: 'look', title: 'Looking' },
    { kind: 'note', text: 'a note' },
    { kind: 'progress', stage: 'look', done: 1, total: 1_000, unit: 'img' },
  ]);
  expect(events.slice(-2)).toEqual([
    { kind: 'progress', stage: 'look', done: 1_000, total: 1_000, unit: 'img' },
    { kind: 'result', value: result },
  ]);
  expect(events.length).toBeLessThan(20);
});

test('a stopped job ends in order, as interrupted', async () => {
  const file = join(folder, 'stopped');
  const { stop, ended } = start('train', { file, talks: false }, (event) => {
    if (event.kind === 'stage') stop.abort();
  });
  await expect(ended).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
  expect(existsSync(file)).toBe(true);
});

test('a job that does not stop can be killed', async () => {
  const { stop, kill, ended } = start('export', { until: join(folder, 'never') }, (event) => {
    if (event.kind === 'note') kill.abort();
  });
  setTimeout(() => stop.abort(), 500);
  await expect(ended).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
});

test('a job whose parent is killed ends in order', async () => {
  const file = join(folder, 'orphan');
  const script = fileURLToPath(new URL('helpers/parent.ts', import.meta.url));
  const parent = spawn(process.execPath, ['--import', 'tsx', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout, 'data');
  expect(existsSync(file)).toBe(false);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe('in order'), { timeout: 10_000 });
});

test('a job whose parent is killed ends, too, where it is busy for ever', async () => {
  const script = fileURLToPath(new URL('helpers/parent.ts', import.meta.url));
  const parent = spawn(process.execPath, ['--import', 'tsx', script, 'busy'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const status = `/proc/${String(said).trim()}/status`;
  expect(existsSync(status)).toBe(true);
  parent.kill('SIGKILL');
  // One that has died is a zombie until somebody has waited for it.
  const isAlive = () => existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
  await vi.waitFor(() => expect(isAlive()).toBe(false), { timeout: 10_000 });
});

test.each([
  ['memory', { memory: 2 ** 29 }, 'it took more than 0.5 GB of memory'],
  ['time', { seconds: 1 }, 'it took more than 1 s'],
  ['time', { quietSeconds: 1 }, 'it came no further for more than 1 s'],
] as const)('a job that goes over its limit of %s is ended, whatever it does', async (args, limits, says) => {
  const control = { stop: new AbortController().signal };
  const ended = spawnJob({ job: 'greedy', arguments: args, worker, limits }, () => {}, control);
  await expect(ended).rejects.toMatchObject({
    code: 'runtime/failed',
    message: `the greedy process was ended: ${says}`,
    help: 'That is its limit, to keep the machine usable. --memory and --timeout set another.',
  });
});

test('a job that comes further now and then has all the time that it takes', async () => {
  const control = { stop: new AbortController().signal };
  const order = { job: 'slow', arguments: 8, worker, limits: { quietSeconds: 2 } };
  await expect(spawnJob(order, () => {}, control)).resolves.toBe(8);
});

test.each([undefined, { seconds: 60 }])(
  'a job without a run that hears of nothing is ended when it is stopped',
  async (limits) => {
    const stop = new AbortController();
    const ended = spawnJob(
      { job: 'greedy', arguments: 'time', worker, ...(limits && { limits }) },
      () => {},
      { stop: stop.signal },
    );
    setTimeout(() => stop.abort(), 500);
    await expect(ended).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
  },
);

test('limits of a stage are of that stage alone', async () => {
  const limits = { seconds: 1, stage: 'read' };
  const reading = spawnJob({ job: 'greedy', arguments: 'time', worker, limits }, () => {}, {
    stop: new AbortController().signal,
  });
  await expect(reading).rejects.toMatchObject({
    message: 'the greedy process was ended: it took more than 1 s',
  });
  const stop = new AbortController();
  const file = join(folder, 'other-stage');
  const order = { job: 'train', arguments: { file, talks: false }, worker, limits };
  const waiting = spawnJob(
    order,
    (event) => {
      if (event.kind === 'stage') setTimeout(() => stop.abort(), 2_000);
    },
    { stop: stop.signal },
  );
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
  expect(readFileSync(file, 'utf8')).toBe('in order');
});

test('a job that was stopped before it began is not begun', async () => {
  const control = { stop: AbortSignal.abort() };
  await expect(spawnJob({ job: 'search', arguments: null, worker }, () => {}, control)).rejects.toMatchObject(
    {
      code: 'interrupted',
    },
  );
});

test('errors keep code, help and exit code; bugs keep their stack', async () => {
  const gate = await failure('parity', null);
  expect(gate).toBeInstanceOf(NascentError);
  expect(gate).toMatchObject({
    code: 'gate/failed',
    message: 'top-1 differs',
    help: 'Look at it.',
    exitCode: 3,
  });
  const bug = await failure('validate', 'throw later');
  expect(bug).not.toBeInstanceOf(NascentError);
  expect((bug as Error).stack).toMatch(/a bug[^]*worker\.ts/);
});

test('a crash says what happened and what to do', async () => {
  const texts = await Promise.all(
    ['SIGKILL', 'SIGSEGV', 'SIGILL', 'exit'].map(async (how) => {
      const { code, message, help } = (await failure('validate', how)) as NascentError;
      return `${code}: ${message}. ${help}`;
    }),
  );
  expect(texts).toMatchInlineSnapshot(`
    [
      "runtime/failed: the validate process was killed from outside (SIGKILL). Most often the machine ran out of memory: close other programs, or use a smaller batch or network.",
      "runtime/failed: the validate process crashed in native code (SIGSEGV). See what nascent doctor says of the runtime.",
      "runtime/failed: the validate process used an instruction that this processor lacks (SIGILL). A native library was built for a newer processor. nascent doctor says which.",
      "runtime/failed: the validate process ended without a result (exit code 9). Run again with --verbose to see all it says. Its last words: could not load libfoo.so",
    ]
  `);
});

/** Starts a job that works on a run and dies by a signal, with or without a checkpoint. */
async function crashOn(signal: string, checkpoint: boolean, kill?: AbortController) {
  const run = await createRun(join(folder, `${signal}-${checkpoint}`), {
    kind: 'search',
    config: {},
    seed: 0,
    engine: 'reference',
  });
  const stop = new AbortController();
  const onEvent = (event: JobEvent) => {
    if (event.kind !== 'note' || event.text !== 'working') return;
    if (kill !== undefined) {
      stop.abort();
      kill.abort();
    }
  };
  const order = {
    job: 'search',
    arguments: { path: run.path, signal, checkpoint },
    worker,
    run: run.path,
  } as const;
  const ended = spawnJob(order, onEvent, {
    stop: stop.signal,
    ...(kill !== undefined && { kill: kill.signal }),
  });
  const error = await ended.then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown as NascentError,
  );
  return { run, error };
}

test.each(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGTRAP', 'SIGKILL'])(
  'a job that dies by %s says how to resume its run, which does not stay running',
  async (signal) => {
    const { run, error } = await crashOn(signal, true);
    expect(error).toMatchObject({ code: 'runtime/failed', exitCode: 1 });
    expect(error.help).toMatch(
      new RegExp(`\nResume it from its last checkpoint: nascent search --resume ${run.path}$`),
    );
    expect(run.record()).toMatchObject({ status: 'crashed', reason: error.message });
    expect(run.readEvents().at(-1)).toMatchObject({ kind: 'crashed', reason: error.message });
    expect(existsSync(run.file('lease.json'))).toBe(false);
  },
);

test('a job that dies before its first checkpoint does not promise one', async () => {
  const { run, error } = await crashOn('SIGABRT', false);
  expect(error.help).toContain(
    `It had not written a checkpoint yet; begin it again: nascent search --resume ${run.path}`,
  );
  expect(run.record().status).toBe('crashed');
});

test('a run whose job is ended at once, as asked, is stopped', async () => {
  const { run, error } = await crashOn('none', true, new AbortController());
  expect(error).toMatchObject({ code: 'interrupted', exitCode: 130 });
  expect(run.record()).toMatchObject({ status: 'stopped', reason: 'ended at once, as asked' });
});

test('a job whose parent is gone ends in order though nobody reads what it says', async () => {
  const file = join(folder, 'talking');
  const script = fileURLToPath(new URL('helpers/parent.ts', import.meta.url));
  const parent = spawn(process.execPath, ['--import', 'tsx', script, file, 'talk'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout, 'data');
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe('in order'), { timeout: 10_000 });
});

test('a job that the worker does not know is a bug of ours', async () => {
  expect(await failure('dream', null)).toMatchObject({ message: 'internal: there is no job "dream"' });
});

test('an order that its schema refuses reaches no job', async () => {
  expect(await failure('export', { until: 5 })).toMatchObject({
    code: 'input/invalid',
    message: expect.stringContaining('the order for the job "export" is wrong: field "until": '),
  });
});
