import { expect, test } from 'vitest';

import {
  checkSearch,
  checkTextSearch,
  checkTextTraining,
  checkTraining,
} from '../../../src/cli/input/check-settings.ts';
import { DARTS_V2 } from '../../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { trainPresets } from '../../../src/tasks/images/train-settings.ts';
import { rnnSearchPresets } from '../../../src/tasks/text/search-settings.ts';
import { rnnTrainPresets } from '../../../src/tasks/text/train-settings.ts';
import { call } from '../call.ts';

test.each([
  [{ layers: 2 }, 'a supernet of layers=2 has no normal cell to learn from'],
  [{ epochs: 3, warmup_epochs: 3 }, 'warmup_epochs=3 leaves alphas alone for all of epochs=3'],
  [{ max_skips: 1, stop_on_skips: 2 }, 'stop_on_skips=2 is never reached where max_skips=1 caps them'],
])('%j: a search that would be in vain is refused', (changed, message) => {
  expect(() => checkSearch({ ...searchPresets.quick, ...changed })).toThrow(
    expect.objectContaining({ code: 'input/invalid', message }),
  );
});

test.each([{ layers: 3 }, { epochs: 3, warmup_epochs: 2 }, { max_skips: 2, stop_on_skips: 2 }])(
  '%j: one beside it is not',
  (changed) => {
    checkSearch({ ...searchPresets.quick, ...changed });
  },
);

test.each(Object.keys(searchPresets) as (keyof typeof searchPresets)[])('%s can be searched by', (preset) => {
  checkSearch(searchPresets[preset]);
});

const refusedFor = (message: RegExp) =>
  expect.objectContaining({ code: 'input/invalid', message: expect.stringMatching(message) as string });

test.each([
  [{ epochs: 3, warmup_epochs: 3 }, /leaves alphas alone/],
  [{ max_skips: 1, stop_on_skips: 2 }, /is never reached/],
])('%j: a search of text that would be in vain is refused, too', (changed, message) => {
  expect(() => checkTextSearch({ ...rnnSearchPresets['quick-rnn'], ...changed })).toThrow(
    refusedFor(message),
  );
});

/** A machine with so many bytes and no graphics card. */
const machine = (bytes: number) => ({ host: () => bytes, card: () => 0 });
const files = { genotype: DARTS_V2, files: true };
const small = { genotype: DARTS_V2, files: false };
const { DARTS_V2: recurrent } = publishedRnnGenotypes;
if (recurrent === undefined) throw new Error('no published cell');

test('every preset fits a machine of the size it is for', () => {
  for (const preset of Object.values(searchPresets)) checkSearch(preset, { memories: machine(16e9) });
  for (const preset of Object.values(trainPresets)) checkTraining(preset, small, machine(16e9));
  for (const preset of Object.values(rnnSearchPresets)) checkTextSearch(preset, machine(16e9));
  for (const preset of Object.values(rnnTrainPresets)) checkTextTraining(preset, recurrent, machine(16e9));
  checkTraining(trainPresets.imagenet, files, machine(64e9));
});

test('what is in range and does not fit is refused', () => {
  const large = /^a step needs at least [\d.]+ GB of memory .* and this machine has 16\.00 GB$/;
  const refuses = (check: () => void) => expect(check).toThrow(refusedFor(large));
  refuses(() => checkSearch({ ...searchPresets.darts, batch_size: 4096 }, { memories: machine(16e9) }));
  refuses(() => checkSearch({ ...searchPresets.darts, layers: 1000 }, { memories: machine(16e9) }));
  refuses(() => checkSearch({ ...searchPresets.darts, channels: 1024 }, { memories: machine(16e9) }));
  const image = [3, 224, 224] as const;
  refuses(() => checkSearch(searchPresets.darts, { image, memories: machine(16e9) }));
  refuses(() => checkTraining({ ...trainPresets.cifar10, batch_size: 10_000 }, small, machine(16e9)));
  refuses(() => checkTraining({ ...trainPresets.imagenet, image_size: 1024 }, files, machine(16e9)));
  refuses(() => checkTextSearch({ ...rnnSearchPresets['darts-rnn'], bptt: 10_000 }, machine(16e9)));
  refuses(() => checkTextTraining({ ...rnnTrainPresets.ptb, units: 16_384 }, recurrent, machine(16e9)));
});

test('nascent search says so before it begins', async () => {
  const sizes = ['layers=1000', 'channels=4096', 'nodes=32', 'batch_size=100000'];
  const { exitCode, stderr } = await call('search', ...sizes.flatMap((size) => ['--set', size]));
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/a step needs at least \d+\.\d+ GB of memory/);
  expect(stderr).toMatch(/Lower layers/);
});
