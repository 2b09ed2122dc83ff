/** A job in a process of its own, told by this one what to do. */
import { fork, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test, vi } from 'vitest';

import { askRun } from '../../src/run/ask.ts';
import type { ControlCommand, LoggedEvent } from '../../src/run/artefacts/events.ts';
import { serveControl, signalControl } from '../../src/run/control.ts';
import { leaseHolder } from '../../src/run/lease.ts';
import { openMailbox, post } from '../../src/run/mailbox.ts';
import { openRun } from '../../src/run/directory.ts';
import type { Run } from '../../src/run/directory.ts';
import { statusOf } from '../../src/run/status.ts';
import { newRun } from '../support/runs.ts';
import { temporaryFolder } from '../data/temporary.ts';

const script = fileURLToPath(new URL('helpers/held.ts', import.meta.url));

async function startOn(
  run: Run,
  steps?: number,
): Promise<{ child: ChildProcess; ended: Promise<number | null> }> {
  const args = [run.path, ...(steps === undefined ? [] : [String(steps)])];
  const child = fork(script, args, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', resolve);
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  if (steps === undefined) {
    await vi.waitUntil(() => run.readMetrics().length > 3, { timeout: 20_000, interval: 20 });
  }
  return { child, ended };
}

const ask = (run: Run, command: ControlCommand) => askRun(run, command, { waitSeconds: 20 });
const stepsOf = (run: Run) => run.readMetrics().map(({ step }) => step);
const kindsOf = (run: Run) => run.readEvents().flatMap(({ kind }) => (kind === 'progress' ? [] : [kind]));

test('pause, resume, checkpoint and stop are carried out and answered; what was stopped resumes', async () => {
  const run = await newRun('train');
  const { ended } = await startOn(run);
  expect(run.record().status).toBe('running');

  expect(await ask(run, 'pause')).toMatchObject({ command: 'pause', outcome: 'done' });
  expect(run.record().status).toBe('paused');
  expect(leaseHolder(run.path)).toBeDefined();
  const paused = stepsOf(run);
  // What it has done is in a checkpoint, and it does no more.
  expect(run.latestCheckpoint()?.meta).toEqual({ step: paused.length });
  await sleep(100);
  expect(stepsOf(run)).toEqual(paused);
  // It hears while it is paused.
  expect(await ask(run, 'pause')).toMatchObject({ outcome: 'done' });
  expect(await ask(run, 'checkpoint')).toMatchObject({ outcome: 'done' });
  expect(run.latestCheckpoint()?.meta).toEqual({ step: paused.length });

  expect(await ask(run, 'resume')).toMatchObject({ outcome: 'done' });
  expect(run.record().status).toBe('running');
  await vi.waitUntil(() => stepsOf(run).length > paused.length + 3, { timeout: 5_000, interval: 20 });

  expect(await ask(run, 'pause')).toMatchObject({ outcome: 'done' });
  expect(await ask(run, 'stop')).toMatchObject({ command: 'stop', outcome: 'done' });
  // Answered once it has let go.
  expect(leaseHolder(run.path)).toBeUndefined();
  expect(run.record()).toMatchObject({ status: 'stopped', reason: 'stopped on request' });
  expect(await ended).toBe(7);
  expect(run.latestCheckpoint()?.meta).toEqual({ step: stepsOf(run).length });
  expect(readdirSync(run.path).sort()).toEqual([
    'alphas.jsonl',
    'checkpoints',
    'events.jsonl',
    'metrics.jsonl',
    'run.json',
  ]);
  expect(kindsOf(run)).toEqual([
    'begun',
    'stage',
    'checkpoint',
    'paused',
    'answer',
    'answer',
    'checkpoint',
    'answer',
    'resumed',
    'answer',
    'checkpoint',
    'paused',
    'answer',
    'checkpoint',
    'stopped',
    'answer',
  ]);

  const steps = stepsOf(run).length + 5;
  expect(await (await startOn(run, steps)).ended).toBe(0);
  expect(stepsOf(run)).toEqual(Array.from({ length: steps }, (_, step) => step));
  expect(run.record().status).toBe('done');
  const events = run.readEvents();
  expect(events.at(-1)).toMatchObject({ kind: 'result', value: { steps } });
  expect(events.map(({ seq }: LoggedEvent) => seq)).toEqual(events.map((_, index) => index));
});

test('a signal stops what is paused', async () => {
  const run = await newRun('train');
  const { child, ended } = await startOn(run);
  await ask(run, 'pause');
  child.kill('SIGTERM');
  expect(await ended).toBe(7);
  expect(run.record()).toMatchObject({ status: 'stopped', reason: 'SIGTERM' });
});

test('a run that nobody works on says so, and how to resume it', async () => {
  const run = await newRun('train');
  await run.update({ status: 'stopped' });
  await expect(ask(run, 'pause')).rejects.toMatchObject({
    code: 'run/not-running',
    exitCode: 2,
    message: `no process is working on ${run.path}: its status is stopped`,
    help: `Resume it: nascent train --resume ${run.path}`,
  });
  await run.update({ status: 'done' });
  await expect(ask(run, 'stop')).rejects.toThrow(/it is done$/);
  await run.update({ status: 'running' });
  await expect(ask(run, 'stop')).rejects.toThrow(/the process that did has died$/);
});

test('a process that is killed before it answers is not waited for', async () => {
  const run = await newRun('train');
  const { child } = await startOn(run);
  child.kill('SIGSTOP');
  const asked = ask(run, 'checkpoint');
  await vi.waitUntil(() => readdirSync(join(run.path, 'control')).length > 0);
  child.kill('SIGKILL');
  await expect(asked).rejects.toMatchObject({
    code: 'run/not-running',
    message: expect.stringContaining('died before'),
  });
});

test('a process that has not come to it in time leaves the request where it is', async () => {
  const run = await newRun('train');
  const lease = run.acquireLease();
  const mailbox = openMailbox(run.path, lease.token);
  await expect(askRun(run, 'pause', { waitSeconds: 0.1 })).rejects.toMatchObject({
    code: 'run/unanswered',
    exitCode: 1,
  });
  expect(mailbox.take()).toMatchObject([{ command: 'pause' }]);
  expect(mailbox.take()).toEqual([]);
  mailbox.close();
  await expect(ask(run, 'pause')).rejects.toThrow(/is not listening/);
  lease.release();
});

test('a request reaches the process it was made for, and nobody else', async () => {
  const folder = await temporaryFolder();
  expect(await post(folder, 'a', 'stop')).toBeUndefined();
  expect(existsSync(join(folder, 'control'))).toBe(false);
  openMailbox(folder, 'a');
  await post(folder, 'a', 'stop');
  // The next process finds nothing, and is not stopped by what comes too late.
  const next = openMailbox(folder, 'b');
  await post(folder, 'a', 'stop');
  const wanted = await post(folder, 'b', 'pause');
  expect(next.take()).toMatchObject([{ id: wanted, command: 'pause' }]);
});

test('a checkpoint that cannot be written is answered as failed, and fails the work', async () => {
  const folder = await temporaryFolder();
  const mailbox = openMailbox(folder, 'a');
  const events: object[] = [];
  const control = serveControl({
    mailbox,
    signal: new AbortController().signal,
    stop() {},
    report: (event) => events.push(event),
    onPaused: async () => {},
  });
  await post(folder, 'a', 'checkpoint');
  const full = async () => {
    throw new Error('no space left');
  };
  await expect(
    (async () => {
      for (;;) await control.turn(full);
    })(),
  ).rejects.toThrow('no space left');
  control.close();
  expect(events).toMatchObject([
    { kind: 'answer', command: 'checkpoint', outcome: 'failed', note: 'no space left' },
  ]);
});

test('control by a signal alone saves and throws its reason', async () => {
  const stop = new AbortController();
  const save = vi.fn<() => Promise<void>>();
  const control = signalControl(stop.signal);
  await control.turn(save);
  expect(save).not.toHaveBeenCalled();
  stop.abort(new Error('enough'));
  await expect(control.turn(save)).rejects.toThrow('enough');
  expect(save).toHaveBeenCalledOnce();
});

test('a run whose folder is moved or deleted while it is worked on ends, and leaves nothing behind', async () => {
  for (const change of ['moved', 'deleted']) {
    const run = await newRun('train');
    const { ended } = await startOn(run);
    const to = `${run.path}-elsewhere`;
    if (change === 'moved') renameSync(run.path, to);
    else rmSync(run.path, { recursive: true });
    expect(await ended).toBe(7);
    expect(existsSync(run.path)).toBe(false);
    if (change === 'deleted') continue;
    const there = openRun(to);
    expect(statusOf(there)).toBe('crashed');
    const steps = there.readMetrics().length;
    expect(steps).toBeGreaterThan(3);
    // It has no checkpoint yet, and begins again where it is now.
    expect(await (await startOn(there, 5)).ended).toBe(0);
    expect(stepsOf(there)).toEqual([0, 1, 2, 3, 4]);
  }
});

test('what a killed writer left is swept when the run is taken up', async () => {
  const run = await newRun('train');
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  for (const name of ['run.json', 'lease.json', 'events.jsonl']) {
    writeFileSync(join(run.path, `.${name}.${dead}-0123abcd.tmp`), 'half');
  }
  const own = join(run.path, `.run.json.${process.pid}-0123abcd.tmp`);
  writeFileSync(own, 'of a live process');
  expect(await (await startOn(run, 2)).ended).toBe(0);
  expect(readdirSync(run.path).filter((name) => name.startsWith('.'))).toEqual([basename(own)]);
});

/** A folder that even root may not make a file in. */
const closed = '/sys';

const refusal = (): string | undefined => {
  try {
    writeFileSync(join(closed, 'nascent'), '');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
  return undefined;
};

test.skipIf(refusal() !== 'EACCES')(
  'whose run it is not is told that, and not which file could not be written',
  async () => {
    const folder = await temporaryFolder();
    symlinkSync(closed, join(folder, 'control'));
    await expect(post(folder, 'a', 'pause')).rejects.toMatchObject({
      code: 'disk/failed',
      message: `only who runs ${folder} can pause it`,
    });
  },
);
