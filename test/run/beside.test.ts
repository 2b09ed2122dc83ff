import { expect, test } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { askRun } from '../../src/run/ask.ts';
import { logBeside } from '../../src/run/beside.ts';
import { createRun } from '../../src/run/directory.ts';
import type { Run } from '../../src/run/directory.ts';
import type { JobEvent } from '../../src/run/events.ts';
import { leaseHolder } from '../../src/run/lease.ts';
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

test('what the steps of a training come to is not among what the steps of the search came to', async () => {
  const run = await doneRun();
  const step = { kind: 'progress', stage: 'train', done: 1, total: 4, unit: 'img' } as const;
  const heard: JobEvent[] = [];
  await logBeside(
    run,
    'training',
    (event) => heard.push(event),
    async (tell) => tell({ ...step, figures: { loss: 2 } }),
  );
  expect(heard).toEqual([{ ...step, figures: { loss: 2 } }]);
  const logged = run.readEvents().find(({ kind }) => kind === 'progress');
  expect(logged).toMatchObject(step);
  expect(logged).not.toHaveProperty('figures');
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

/** Work that goes on until it is asked to stop, and then ends as `ending` does. */
function endless(run: Run, ending: (stopped: AbortSignal) => unknown) {
  return logBeside(
    run,
    'parity',
    () => {},
    async (_, stopped) => {
      await new Promise((resolve) => {
        stopped.addEventListener('abort', resolve);
      });
      return ending(stopped);
    },
  );
}

test.each([
  ['ends as it was asked to', (stopped: AbortSignal) => stopped.throwIfAborted()],
  ['has its result all the same', () => 7],
])('what is done with a run is stopped by whoever may control it, also where it %s', async (_, ending) => {
  const run = await doneRun();
  const working = endless(run, ending);
  const refused = await askRun(run, 'pause', { waitSeconds: 20 });
  expect(refused).toMatchObject({
    outcome: 'refused',
    note: 'its parity can be stopped, and begun again, and nothing else',
  });
  const [answer] = await Promise.all([
    askRun(run, 'stop', { waitSeconds: 20 }),
    // Nothing that would come after it begins.
    expect(working).rejects.toMatchObject({ code: 'interrupted', message: 'stopped on request' }),
  ]);
  expect(answer).toMatchObject({ command: 'stop', outcome: 'done' });
  expect(leaseHolder(run.path)).toBeUndefined();
  expect(run.record().status).toBe('done');
  expect(run.readEvents().slice(-2)).toMatchObject([
    { kind: 'stopped', reason: 'stopped on request' },
    { kind: 'answer', command: 'stop', outcome: 'done' },
  ]);
});
