import { writeFileSync } from 'node:fs';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { readArtefact, writeArtefact } from '../../../src/run/artefacts/artefact.ts';
import { appendAlphas, readAlphas } from '../../../src/run/artefacts/alphas.ts';
import { appendMetrics, bestOf, metrics, readMetrics } from '../../../src/run/artefacts/metrics.ts';
import { parity, validation } from '../../../src/run/artefacts/results.ts';
import { artefacts } from '../../../src/run/artefacts/table.ts';
import { newRun } from '../../support/runs.ts';

test('every file has one row, and says what is in it', () => {
  const names = artefacts.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(artefacts.every(({ title }) => title.length > 0)).toBe(true);
});

test('metrics of every kind that runs have written are read; of a later kind they are passed over', async () => {
  const run = await newRun('train');
  const old = [
    {
      kind: 'epoch',
      epoch: 0,
      rate: 0.025,
      train_loss: 2,
      train_accuracy: 0.1,
      valid_loss: null,
      skips: 1,
      seconds: 1,
    },
    {
      kind: 'epoch',
      epoch: 0,
      rate: 20,
      optimizer: 'SGD',
      train_perplexity: 900.5,
      valid_perplexity: 800,
      valid_tokens: 400,
      best: true,
    },
    {
      kind: 'epoch',
      epoch: 1,
      drop_path: 0.1,
      test_loss: 1,
      test_accuracy: 0.5,
      test_images: 100,
      best: false,
    },
    { kind: 'rollback', epoch: 3, to: 1, reason: 'the loss became NaN', seconds: 9 },
    { kind: 'test', epoch: 2, test_loss: 4, test_perplexity: 54.6, test_tokens: 1000, seconds: 10 },
  ];
  for (const record of old) run.appendMetrics(record);
  run.appendMetrics({ kind: 'probe', epoch: 1, something: [1, 2] });
  run.appendMetrics({ kind: 'epoch', epoch: 2, a_later_column: 'kept' });
  expect(readMetrics(run)).toEqual([...old, { kind: 'epoch', epoch: 2, a_later_column: 'kept' }]);
  run.close();
});

test('what is appended is what is read, numbers that JSON lacks aside', async () => {
  const run = await newRun('search');
  appendMetrics(run, { kind: 'epoch', epoch: 0, train_loss: Number.NaN, rate: undefined, best: true });
  appendAlphas(run, { epoch: -1, recurrent: [[1, Number.NaN]], genotype: { recurrent: [] } });
  run.close();
  expect(readMetrics(run)).toEqual([{ kind: 'epoch', epoch: 0, train_loss: null, best: true }]);
  expect(readAlphas(run)).toEqual([{ epoch: -1, recurrent: [[1, null]], genotype: { recurrent: [] } }]);
});

test('the best is the first epoch that no other is better than, by the most telling measure', () => {
  const value = fc.option(fc.integer({ min: 0, max: 5 }), { nil: null });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 8 }), fc.boolean(), (values, higher) => {
      const key = higher ? 'valid_accuracy' : 'valid_perplexity';
      const best = bestOf(
        values.map((each, epoch) => ({ kind: 'epoch' as const, epoch, [key]: each, train_loss: epoch })),
      );
      const known = values.filter((each) => each !== null);
      if (known.length === 0) {
        expect(best?.measure.key).toBe(values.length === 0 ? undefined : 'train_loss');
        return;
      }
      const expected = higher ? Math.max(...known) : Math.min(...known);
      expect(best).toMatchObject({ measure: { key }, value: expected, epoch: values.indexOf(expected) });
    }),
  );
  expect(metrics.summarise([{ kind: 'epoch', epoch: 0, valid_accuracy: 0.5 }])).toEqual([
    ['epochs', '1'],
    ['best validation accuracy', '50.00 % (epoch 1)'],
  ]);
});

test('a JSON file is written, read and summarised by its row; a damaged one names the field', async () => {
  const run = await newRun('train');
  expect(readArtefact(run, validation)).toBeUndefined();
  const model = { sha256: 'abc', bytes: 12 };
  await writeArtefact(run, validation, {
    model,
    data: 'cifar10',
    provider: 'cpu',
    loss: null,
    accuracy: 0.625,
  });
  const read = readArtefact(run, validation);
  expect(read).toMatchObject({ model, accuracy: 0.625 });
  expect(read === undefined ? [] : validation.summarise(read)).toEqual([
    ['data', 'cifar10'],
    ['accuracy', '62.50 %'],
  ]);
  for (const [content, message] of [
    ['{"model":{"sha256":1}}', /validation\.json is damaged: field "model\.sha256": /],
    ['{', /validation\.json is damaged: /],
  ] as const) {
    writeFileSync(run.file(validation.name), content);
    expect(() => readArtefact(run, validation)).toThrow(message);
  }
  expect(readArtefact(run, parity)).toBeUndefined();
});
