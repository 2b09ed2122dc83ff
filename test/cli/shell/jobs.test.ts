import { expect, expectTypeOf, test } from 'vitest';

import { jobs } from '../../../src/cli/shell/jobs.ts';
import type { OrderOf, OutcomeOf } from '../../../src/cli/shell/jobs.ts';
import type { ParityReport } from '../../../src/parity/parity-report.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import type { SearchOrder, SearchOutcome } from '../../../src/search/job.ts';

test('a name stands for its order and its outcome', () => {
  expectTypeOf<OrderOf<'search'>>().toEqualTypeOf<SearchOrder>();
  expectTypeOf<OutcomeOf<'search'>>().toEqualTypeOf<SearchOutcome>();
  expectTypeOf<OutcomeOf<'parity'>>().toEqualTypeOf<ParityReport>();
});

test.each(Object.entries(jobs))('%s is loaded, and refuses what is no order', async (_, { load }) => {
  const job = await load();
  await expect((async () => job(null, silentReporter, new AbortController().signal))()).rejects.toThrow();
});

test('what works on a run says which: the folder is told when its process dies', () => {
  const out = 'runs/a';
  expect(jobs.search.runOf({ kind: 'resume', run: out })).toBe(out);
  expect(jobs.train.runOf({ kind: 'resume', run: out })).toBe(out);
});
