import { Command } from 'commander';
import { expect, test, vi } from 'vitest';

import { asTyped } from '../../../src/cli/render/as-typed.ts';
import { estimateText, inWords } from '../../../src/cli/render/estimate.ts';
import { setOption } from '../../../src/cli/input/options.ts';
import type { MeasuredEstimate } from '../../../src/estimate/estimate.ts';

const asked = { stepMemory: 3.5e8, command: 'nascent search --preset darts' };

const measured: MeasuredEstimate = {
  kind: 'measured',
  job: 'search',
  task: 'images',
  engine: 'tfjs-node-gpu',
  why: 'tfjs-node-gpu on AMD EPYC, the fastest that is ready',
  epochs: 50,
  took: 31.6,
  steps: 12,
  secondsPerStep: 2.14,
  stepsPerEpoch: 390,
  seconds: { prepare: 6.5, epoch: 894, measuring: 59, testing: 0, total: 44_706 },
  memory: { peak: 2.87e9 },
  rough: [],
};

test('an estimate in words', () => {
  expect(`\n${estimateText(measured, asked)}\n`).toMatchInlineSnapshot(`
    "
    runtime       tfjs-node-gpu on AMD EPYC, the fastest that is ready
    a step        2.1 s, the median of 12 steps
    an epoch      14m 54s: 390 steps and 59s of measuring
    in all        12h 25m: 50 epochs, 6.5 s to get ready
    memory        2.87 GB, the most of the process that measured
                  350.00 MB at least for a step, by the check before a run
    estimated in  32s
    command       nascent search --preset darts
    "
  `);
});

test('one of a training, and rough', () => {
  const rough: MeasuredEstimate = {
    ...measured,
    job: 'train',
    task: 'text',
    epochs: 1,
    steps: 1,
    secondsPerStep: 0.0123,
    seconds: { prepare: 3, epoch: 12, measuring: null, testing: 4, total: 19 },
    rough: ['there was time for one step only', 'measuring after an epoch is not included'],
  };
  expect(`\n${estimateText(rough, asked)}\n`).toMatchInlineSnapshot(`
    "
    runtime       tfjs-node-gpu on AMD EPYC, the fastest that is ready
    a step        0.012 s, the median of 1 step
    an epoch      12s: 390 steps
    in all        19s: 1 epoch, 3 s to get ready and 4 s to measure at the end
    memory        2.87 GB, the most of the process that measured
                  350.00 MB at least for a step, by the check before a run
    rough         there was time for one step only
                  measuring after an epoch is not included
    estimated in  32s
    command       nascent search --preset darts
    "
  `);
});

test.each(['prepare', 'step'] as const)('one of what is too slow to measure: %s', (during) => {
  const estimate = {
    kind: 'too-slow',
    job: 'train',
    task: 'images',
    epochs: 600,
    took: 66,
    atLeast: 51,
  } as const;
  const text = estimateText({ ...estimate, during }, asked);
  expect(text).toMatch(during === 'step' ? /^a step +more than 51s: / : /^getting ready +more than 51s: /);
  expect(text).toContain('350.00 MB at least for a step');
});

test('seconds have two figures while they are few', () => {
  expect([0, 0.0123, 0.1, 1.26, 9.94, 9.96, 75, 7300].map(inWords)).toEqual([
    '0 s',
    '0.012 s',
    '0.1 s',
    '1.3 s',
    '9.9 s',
    '10s',
    '1m 15s',
    '2h 01m',
  ]);
});

test('a command as it was typed, without an option', async () => {
  vi.stubEnv('npm_lifecycle_event', 'test');
  let typed = '';
  const command = new Command('train')
    .argument('[run]')
    .addOption(setOption())
    .option('--out <folder>')
    .option('--order <n>', '', Number)
    .option('--preset <name>', '', 'quick')
    .option('--estimate')
    .option('--stop-on-skips')
    .action(() => {
      typed = asTyped(command, ['--estimate']);
    });
  const given = [
    'my runs/a',
    '--set',
    'epochs=1',
    '--estimate',
    '--set',
    'seed=2',
    '--order',
    '2',
    '--stop-on-skips',
  ];
  await command.parseAsync(given, { from: 'user' });
  expect(typed).toBe("nascent train 'my runs/a' --set epochs=1 --set seed=2 --order 2 --stop-on-skips");
  vi.unstubAllEnvs();
});
