import { expect, test } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { createProgram } from '../../src/cli/program.ts';

/** What a wrong call is answered. */
async function answer(...given: string[]): Promise<string> {
  try {
    await createProgram().parseAsync(given, { from: 'user' });
  } catch (error) {
    if (error instanceof NascentError)
      return `${error.exitCode} ${error.code}: ${error.message} | ${error.help}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('each way to call it wrongly', async () => {
  const answers = [
    await answer('data', 'gte', 'cifar10'),
    await answer('data', 'get'),
    await answer('data', 'get', 'cifr10'),
    await answer('data', 'get', 'cifar10', 'imagenet'),
    await answer('data', 'get', 'cifar10', '--from'),
    await answer('data', 'get', 'cifar10', '--form', 'x'),
    await answer('setup', '--cdua'),
    await answer('--verbos', 'doctor'),
  ];
  expect(answers).toMatchInlineSnapshot(`
    [
      "2 input/unknown: unknown command 'gte' | Did you mean get? Commands: get.",
      "2 input/invalid: missing required argument 'name' | See nascent data get --help for what it takes.",
      "2 input/unknown: unknown dataset "cifr10" | Did you mean cifar10? Datasets: cifar10.",
      "2 input/invalid: too many arguments for 'get'. Expected 1 argument but got 2. | See nascent data get --help for what it takes.",
      "2 input/invalid: option '--from <path>' argument missing | See nascent data get --help for what it takes.",
      "2 input/unknown: unknown option '--form' | Did you mean --from? See nascent data get --help for what it takes.",
      "2 input/unknown: unknown option '--cdua' | Did you mean --cuda? See nascent setup --help for what it takes.",
      "2 input/unknown: unknown option '--verbos' | Did you mean --verbose? See nascent --help for what it takes.",
    ]
  `);
});
