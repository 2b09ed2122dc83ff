import { expect, test } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { logBeside } from '../../src/run/beside.ts';
import { createRun } from '../../src/run/directory.ts';
import type { Run } from '../../src/run/directory.ts';
import type { JobEvent } from '../../src/run/events.ts';
import { finished } from '../../src/run/status.ts';
import { temporaryFolder } from '../data/temporary.ts';

async function doneRun(): Promise<Run> {
  const run = await createRun(`${await temporaryFolder()}/run`, {
    kind: 'train',
    config: {},
    seed: 1,
    engine: 'reference',
  });
  run.appendEvent({ kind: 'result', value: { task: 'images' } });
  await run.update({ status: 'done' });
  run.close();
  return run;
}

const said: readonly JobEvent[] = [
  { kind: 'stage', stage: 'parity', title: 'Comparing' },
  { kind: 'check', row: 'tfjs-cpu', column: 'seeded inputs', outcome: 'passed', text: '1e-6' },
  { kind: 'result', value: 'seen by those who listen' },
];

test('what is done with a run is in its events, and its own result and status stay what they were', async () => {
  const run = await doneRun();
  const heard: JobEvent[] = [];
  const value = await logBeside(
    run,
    'parity',
    (event) => heard.push(event),
    async (tell) => {
      for (const event of said) tell(event);
      return 7;
    },
  );
  expect(value).toBe(7);
  expect(heard).toEqual(said);
  expect(run.readEvents().slice(1)).toMatchObject([
    { kind: 'begun', stage: 'parity' },
    { kind: 'stage', title: 'Comparing' },
    { kind: 'check', row: 'tfjs-cpu', outcome: 'passed' },
    { kind: 'result', job: 'parity' },
  ]);
  expect(finished(run)).toMatchObject({ record: { status: 'done' }, result: { task: 'images' } });
});

test('what fails says so there, and is thrown', async () => {
  const run = await doneRun();
  const failing = logBeside(
    run,
    'validate',
    () => {},
    async () => {
      throw new NascentError('onnx/invalid', 'the file is not sound', { help: '' });
    },
  );
  await expect(failing).rejects.toThrow('not sound');
  expect(run.readEvents().at(-1)).toMatchObject({
    kind: 'failed',
    error: { message: 'the file is not sound' },
  });
  expect(run.record().status).toBe('done');
});

test('the log of a run that another process works on is left to that process', async () => {
  const run = await doneRun();
  const before = run.readEvents();
  const lease = run.acquireLease();
  await logBeside(
    run,
    'export',
    () => {},
    async (tell) => said.forEach(tell),
  );
  lease.release();
  expect(run.readEvents()).toEqual(before);
});
