import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { loggedEventSchema } from '../../../src/run/artefacts/events.ts';
import { createRun } from '../../../src/run/directory.ts';
import type { Run } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

/** @param more what it does before it ends */
async function endedRun(more: (run: Run) => void = () => {}): Promise<Run> {
  const run = await createRun(join(await temporaryFolder(), 'run'), {
    kind: 'search',
    config: { data: 'cifar10', preset: 'quick', settings: { epochs: 2 } },
    seed: 1,
    engine: 'reference',
  });
  run.appendEvent({ kind: 'begun', stage: 'search', pid: 1, host: 'here' });
  run.appendEvent({ kind: 'note', text: 'a note \u001B[31mwith escapes' });
  run.appendEvent({
    kind: 'progress',
    stage: 'search',
    done: 1,
    total: 2,
    unit: 'steps',
    figures: { loss: 2, accuracy: 0.5 },
  });
  more(run);
  run.appendEvent({ kind: 'result', value: null });
  await run.update({ status: 'done' });
  run.close();
  return run;
}

test('--once prints how a run stands, without control characters where it is no terminal', async () => {
  const { path } = await endedRun();
  const { exitCode, stdout } = await call('watch', path, '--once');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('done');
  expect(stdout).toContain('loss');
  expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  // No room of a terminal is kept that nothing is in.
  expect(stdout).not.toMatch(/\n\n+(──|$)/);
});

test('--once keeps the colours that --color asks for', async () => {
  const { path } = await endedRun();
  vi.stubEnv('FORCE_COLOR', '1');
  const { stdout } = await call('watch', path, '--once');
  expect(stdout.startsWith('\u001B[32m✓ done\u001B[0m')).toBe(true);
  expect(stripVTControlCharacters(stdout)).not.toMatch(/(?!\n)\p{Cc}|\\u001b/u);
  expect(stripVTControlCharacters(stdout)).not.toMatch(/\n\n+(──|$)/);
});

test('--ascii has no other characters', async () => {
  const { path } = await endedRun();
  const { stdout } = await call('watch', path, '--once', '--ascii');
  expect(stdout).toMatch(/^[\n\u0020-\u007E]+$/);
});

test('--json prints the events, each of the schema, and ends with the run', async () => {
  const run = await endedRun();
  const { exitCode, stdout } = await call('watch', run.path, '--json');
  expect(exitCode).toBe(0);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => loggedEventSchema.parse(JSON.parse(line)));
  expect(events).toEqual(run.readEvents());
});

test('without a terminal the events are lines', async () => {
  const { path } = await endedRun();
  const { exitCode, stdout } = await call('watch', path);
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n');
  // How it stands comes first, for those who hear one line after the other.
  expect(lines[0]).toMatch(new RegExp(`^(done|stopped|failed): ${path}, search`));
  expect(lines.slice(2).length).toBe(4);
  expect(stdout).toContain(String.raw`a note \u001b[31mwith escapes`);
});

test('without a terminal each epoch says what it came to, before what happened after it', async () => {
  const run = await endedRun((searching) => {
    searching.appendMetrics({
      kind: 'epoch',
      epoch: 0,
      train_loss: 1.5,
      valid_loss: 2,
      valid_accuracy: 0.25,
    });
    searching.appendEvent({ kind: 'checkpoint', name: 'epoch-1', best: false, file: 'checkpoints/1' });
    searching.appendMetrics({ kind: 'epoch', epoch: 1, train_loss: 1.25, valid_loss: null });
  });
  const { stdout } = await call('watch', run.path);
  const lines = stdout.split('\n').filter((line) => /epoch/.test(line) && !line.startsWith('done'));
  expect(lines.slice(-3)).toEqual([
    '· epoch 1: validation accuracy 25.00 %, validation loss 2.0000, training loss 1.5000',
    '· checkpoint epoch-1',
    '· epoch 2: training loss 1.2500',
  ]);
  expect(stdout.trimEnd().endsWith('✓ done')).toBe(true);
});

test('a run that is done is followed while something is done with it, and over the moment before', async () => {
  const run = await endedRun();
  const lease = run.acquireLease();
  await run.update({ status: 'running' });
  setTimeout(() => {
    void run.update({ status: 'done' }).then(() => lease.release());
  }, 300);
  setTimeout(() => {
    const training = run.acquireLease();
    run.appendEvent({ kind: 'begun', stage: 'training', pid: 7, host: 'here' });
    setTimeout(() => {
      run.appendEvent({ kind: 'result', value: null, job: 'training' });
      training.release();
    }, 700);
  }, 700);
  const { exitCode, stdout } = await call('watch', run.path);
  run.close();
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
    '● training by process 7 on here',
    '✓ training done',
  ]);
});

test('a run that goes away while it is watched ends that', async () => {
  const run = await endedRun();
  const lease = run.acquireLease();
  await run.update({ status: 'running' });
  setTimeout(() => rmSync(run.path, { recursive: true }), 500);
  const { exitCode, stderr } = await call('watch', run.path);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${run.path} was moved or deleted while it was watched`);
  lease.release();
  run.close();
});

test('interrupted, JSON is all that was printed, and lines end with how to watch it again', async () => {
  const run = await endedRun();
  const lease = run.acquireLease();
  await run.update({ status: 'running' });
  const interrupted = async (...flags: string[]) => {
    const ending = call('watch', run.path, ...flags);
    await vi.waitFor(() => expect(process.listenerCount('SIGINT')).toBeGreaterThan(before));
    process.emit('SIGINT');
    return ending;
  };
  const before = process.listenerCount('SIGINT');
  const json = await interrupted('--json');
  expect(json).toMatchObject({ exitCode: 130, stderr: '' });
  for (const line of json.stdout.trim().split('\n')) JSON.parse(line);
  const lines = await interrupted();
  expect(lines.exitCode).toBe(130);
  expect(lines.stderr).toContain('no longer watched; the run goes on');
  expect(lines.stderr).toContain(`Watch it again: nascent watch ${run.path}`);
  lease.release();
  run.close();
});

test('what cannot be read is said beside the events', async () => {
  const run = await endedRun();
  appendFileSync(
    run.file('events.jsonl'),
    '{"v":2,"seq":9,"at":"2030-01-01T00:00:00.000Z","kind":"dreamt"}\n',
  );
  const { exitCode, stderr } = await call('watch', run.path, '--json');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('events.jsonl was written by a later version of Nascent: 1 line was left out');
});

test('what is no run is refused, and the interface needs a terminal', async () => {
  const folder = await temporaryFolder();
  const refused = await call('watch', join(folder, 'nowhere'));
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('does not exist');
  const ui = await call('ui', folder);
  expect(ui.exitCode).toBe(2);
  expect(ui.stderr).toContain('the interface needs a terminal');
  expect(ui.stderr).toContain('nascent watch RUN --json');
});
