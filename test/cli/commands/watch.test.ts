import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loggedEventSchema } from '../../../src/run/artefacts/events.ts';
import { createRun } from '../../../src/run/directory.ts';
import type { Run } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

async function endedRun(): Promise<Run> {
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
  expect(stdout.split('\n').length).toBe(4);
  expect(stdout).toContain(String.raw`a note \u001b[31mwith escapes`);
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
