/** What `--fit` makes of a batch that was tried: what a smaller one may mend is measured on, and all else is said. */
import { expect, test } from 'vitest';

import { checkFit, measuredBy } from '../../../src/cli/shell/fit-batch.ts';
import { batchify } from '../../../src/data/text/batches.ts';
import { NascentError } from '../../../src/errors.ts';
import type { TooSlowEstimate } from '../../../src/estimate/estimate.ts';
import { crashError } from '../../../src/run/crash.ts';
import { errorOf, failureOf } from '../../../src/run/failure.ts';
import { overMemory } from '../../../src/watchdog.ts';

const first = { batch: 64, anyMeasured: false };

/** As an error arrives from the process that measured. */
const failing = (error: unknown) => async () => {
  throw errorOf(failureOf(error));
};
const crashing = (error: NascentError) => async () => {
  throw error;
};
const killed = crashError('estimate', null, 'SIGKILL', '', { memory: 1e9 });

test.each([
  ['killed by the watchdog', crashError('estimate', null, 'SIGKILL', overMemory, { memory: 1e9 }), 'over'],
  ['killed by the system', killed, 'out'],
  [
    'ended by Node',
    crashError('estimate', null, 'SIGABRT', 'FATAL ERROR: JavaScript heap out of memory\n'),
    'out',
  ],
  [
    'ended by a library',
    crashError('estimate', null, 'SIGABRT', "terminate called after throwing 'std::bad_alloc'\n"),
    'out',
  ],
])('a process that was %s', async (_, error, kind) => {
  expect(await measuredBy(crashing(error), first)).toEqual({ kind });
});

test.each([
  new RangeError('Array buffer allocation failed'),
  new NascentError('runtime/failed', 'Failed to allocate memory for requested buffer of size 9', {
    help: '',
  }),
])('a process that says %s', async (error) => {
  expect(await measuredBy(failing(error), first)).toEqual({ kind: 'out' });
});

test('with a batch of one, and for all other errors, what happened is said', async () => {
  await expect(measuredBy(crashing(killed), { ...first, batch: 1 })).rejects.toBe(killed);
  const other = crashError('estimate', null, 'SIGSEGV', '');
  await expect(measuredBy(crashing(other), first)).rejects.toBe(other);
});

test('a text that is too short for the batch is one thing, and for another setting another', async () => {
  const cut = (setting: string) => async () => {
    try {
      batchify(new Int32Array(100), 64, 'the validation text', setting);
    } catch (error) {
      throw errorOf(failureOf(error));
    }
    throw new Error('it was long enough');
  };
  expect(await measuredBy(cut('a batch_size'), first)).toEqual({ kind: 'data' });
  await expect(measuredBy(cut('an eval_batch_size'), first)).rejects.toThrow('a batch of 64 is too large');
});

test('slow steps are tried with a smaller batch, and slow data is not prepared again', async () => {
  const slow = (during: TooSlowEstimate['during']) => async (): Promise<TooSlowEstimate> => ({
    kind: 'too-slow',
    job: 'search',
    task: 'images',
    epochs: 1,
    took: 66,
    during,
    atLeast: 65.8,
  });
  expect(await measuredBy(slow('step'), first)).toEqual({ kind: 'slow' });
  await expect(measuredBy(slow('prepare'), first)).rejects.toMatchObject({
    code: 'input/invalid',
    message: 'nothing can be measured: getting the data and the network ready takes more than 65 s',
    help: expect.stringContaining('--set batch_size=N'),
  });
  // What was found with another batch is not lost for it.
  expect(await measuredBy(slow('prepare'), { batch: 128, anyMeasured: true })).toEqual({ kind: 'slow' });
});

test('a limit leaves the machine some memory', () => {
  checkFit({ limit: 9e9, set: [] }, 10e9);
  expect(() => checkFit({ limit: 9.1e9, set: [] }, 10e9)).toThrow(
    '--fit is 9.10 GB, and this machine has 10.00 GB of memory',
  );
});
