import { expect, test } from 'vitest';

import { checkSearch } from '../../../src/cli/input/check-settings.ts';
import { searchPresets } from '../../../src/tasks/images/search-settings.ts';

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
