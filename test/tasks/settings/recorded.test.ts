import { expect, test } from 'vitest';

import { parseRecorded } from '../../../src/run/config.ts';
import { searchPresets, searchSchema } from '../../../src/tasks/images/search-settings.ts';
import { rnnTrainPresets, rnnTrainSchema } from '../../../src/tasks/text/train-settings.ts';

test('the ranges hold for what a run.json says, too', () => {
  expect(() => parseRecorded(searchSchema, { ...searchPresets.darts, layers: 1e11 }, 'runs/a')).toThrow(
    expect.objectContaining({
      code: 'run/damaged',
      message: 'runs/a/run.json: config.layers: Too big: expected number to be <=1000',
    }),
  );
});

/*
 * As runs of the first version have them, with the values that people are known to try beside the presets: gradients
 * that are never clipped, a text taken whole, as many epochs as one likes to wait for.
 */
test.each([
  [searchSchema, { ...searchPresets.darts, clip: 1e9, rate: 1, epochs: 1000, batch_size: 2048, order: 2 }],
  [searchSchema, { ...searchPresets.quick, nodes: 7, layers: 20, channels: 64, seed: 4_294_967_295 }],
  [rnnTrainSchema, { ...rnnTrainPresets.ptb, clip: 1e9, rate: 1000, bptt: 1000, units: 4096 }],
])('a run of before the ranges stays readable: %#', (schema, config) => {
  expect(parseRecorded(schema, config, 'runs/a')).toEqual(config);
});
