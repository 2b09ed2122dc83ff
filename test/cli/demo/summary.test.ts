/** What a demo says at its end. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { demoNext, demoTable, requireGood } from '../../../src/cli/demo/summary.ts';
import type { GivenData } from '../../../src/cli/input/data.ts';
import type { TaskName } from '../../../src/tasks/task.ts';
import { taskOf } from '../../../src/tasks/tasks.ts';
import { ended, type Numbers } from './pretended.ts';

/** What took no time here takes some on a busy machine. */
const untimed = (text: string) => text.replace(/(total time +)\S+, of which \S+ for/, '$1…, of which … for');

beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

test('the table, and what to do next, for images', async () => {
  const result = await ended('images');
  const folder = result.run.replace(/\/demo$/, '');
  expect(untimed(demoTable(result).replaceAll(folder, '…'))).toMatchInlineSnapshot(`
    "engine              reference, as asked
    dataset             synthetic
    search time         1m 01s, 70 steps
    genotype            Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], normal_concat=range(2, 6),
                        reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)], reduce_concat=range(2, 6))
    skips               3 in the normal cell
    training time       2m 02s
    parameters          500,000
    MACs                20,000,000 (20.00 M)
    test accuracy       65.00 % of 10,000 images, onnxruntime-cpu
                        66.00 % of 100 images, reference, as trained
    largest difference  1.2e-6, 13 % of what is allowed  tfjs-node-gpu against onnxruntime-cpu, same class on 1,000 of 1,000 images
    model               …/demo/model.onnx
    file size           2.00 MB
    sha256              f00
    total time          …, of which … for runtime and data"
  `);
  expect(demoNext(result).map((line) => line.replace(folder, '…'))).toMatchInlineSnapshot(`
    [
      "nascent parity …/demo",
      "nascent validate …/demo --json",
      "nascent search --data synthetic --preset darts --out runs/darts",
    ]
  `);
});

test('the table, and what to do next, for text', async () => {
  const result = await ended('text');
  const folder = result.run.replace(/\/demo$/, '');
  expect(untimed(demoTable(result).replaceAll(folder, '…'))).toMatchInlineSnapshot(`
    "engine              reference, as asked
    dataset             grammar
    note                There is no training file.
    search time         1m 01s, 70 steps
    genotype            Genotype(recurrent=[('relu', 0), ('relu', 1), ('tanh', 2), ('relu', 3), ('relu', 4), ('identity', 1), ('relu', 5), ('relu', 1)], concat=range(1, 9))
    skips               1 in the cell
    training time       2m 02s
    parameters          500,000
    MACs                300,000
    test perplexity     6.00  over 2,730 words, onnxruntime-cpu
                        6.00  the same in 10 pieces, as training measures
                        6.00  reference, as trained
                        45.60  the unigram model of the same training text
    largest difference  1.2e-6, 13 % of what is allowed  tfjs-node-gpu against onnxruntime-cpu, same class on 1,000 of 1,000 images
    model               …/demo/model.onnx
    vocabulary          vocabulary.txt
    file size           2.00 MB
    sha256              f00
    total time          …, of which … for runtime and data"
  `);
  expect(demoNext(result).map((line) => line.replace(folder, '…'))).toMatchInlineSnapshot(`
    [
      "nascent parity …/demo",
      "nascent validate …/demo --json",
      "nascent search --data grammar --preset darts-rnn --out runs/darts-rnn",
    ]
  `);
});

test('what is next has the folder that the data are in', async () => {
  const result = await ended('text');
  const data: GivenData = { data: 'text', from: '/my texts' };
  expect(taskOf(data.data).name).toBe('text');
  expect(demoNext({ ...result, data }).at(-1)).toBe(
    "nascent search --data text --from '/my texts' --preset darts-rnn --out runs/darts-rnn",
  );
});

test.each<[TaskName, Numbers, string]>([
  [
    'images',
    { value: 0.4999 },
    'the exported model gets 49.99 % of the test images right, and at least 50.00 % is required',
  ],
  ['images', { value: 0.5 }, 'good'],
  [
    'text',
    { value: 23, trained: 23 },
    "the exported model has perplexity 23.00 on the test text, and at most 22.8 is required: 1/2 of the unigram model's",
  ],
  ['text', { value: 22.8, trained: 22.8 }, 'good'],
  [
    'text',
    { value: 6.01, trained: 6 },
    'the exported model has perplexity 6.01, and the trained one perplexity 6.00',
  ],
  ['text', { value: null, trained: 6 }, "the exported model's output is NaN or infinite"],
  ['text', { value: 6, trained: Number.NaN }, 'the exported model has perplexity 6.00, and the trained one'],
])('the gate of %s, %j', async (task, numbers, verdict) => {
  const result = await ended(task, numbers);
  if (verdict === 'good') requireGood(result);
  else {
    expect(() => requireGood(result)).toThrow(
      expect.objectContaining({
        code: 'gate/failed',
        exitCode: 3,
        message: expect.stringContaining(verdict),
      }),
    );
  }
});
