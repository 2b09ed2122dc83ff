import { expect, test } from 'vitest';
import { rnnSearchPresets, rnnSearchSchema } from '../../../src/tasks/text/search-settings.ts';

test('a search of before warm-up and caps on skips reads as one without them', () => {
  const { warmup_epochs, max_skips, stop_on_skips, ...before } = rnnSearchPresets['darts-rnn'];
  expect({ warmup_epochs, max_skips, stop_on_skips }).toEqual({
    warmup_epochs: 0,
    max_skips: null,
    stop_on_skips: null,
  });
  expect(rnnSearchSchema.parse(before)).toEqual(rnnSearchPresets['darts-rnn']);
});
