import { expect, test } from 'vitest';

import { crashError } from '../../src/run/crash.ts';

test('the heap limit is told from an abort in native code', () => {
  const output = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n';
  expect(crashError('train', null, 'SIGABRT', output).message).toBe(
    'the train process ran out of JavaScript memory',
  );
  expect(crashError('train', null, 'SIGABRT', '').message).toBe(
    'the train process crashed in native code (SIGABRT)',
  );
  expect(crashError('train', 134, null, '').message).toBe(
    'the train process crashed in native code (SIGABRT)',
  );
});

test('what the process wrote last is in the help, and all of it in the cause', () => {
  const error = crashError('search', 1, null, 'loading\ncannot open libfoo.so\n\n');
  expect(error.help).toMatch(/ Its last words: cannot open libfoo\.so$/);
  expect(error.cause).toMatchObject({ message: 'loading\ncannot open libfoo.so' });
});

test.each([
  ['train', '--engine'],
  ['estimate', '--engine'],
  ['runModel', '--runtime'],
  ['benchModel', '--runtimes'],
])('the advice on a crash of %s is an option that there is', (job, option) => {
  expect(crashError(job, null, 'SIGSEGV', '').help).toBe(
    `See what nascent doctor says of the runtime, or try another one with ${option}.`,
  );
  expect(crashError(job, null, 'SIGILL', '').help).toContain(`Try another runtime with ${option};`);
});

test.each(['validate', 'predict', 'parity'])(
  'the advice on a crash of %s has no option that there is not',
  (job) => {
    for (const signal of ['SIGSEGV', 'SIGILL'] as const) {
      expect(crashError(job, null, signal, '').help).not.toContain('--');
    }
  },
);
