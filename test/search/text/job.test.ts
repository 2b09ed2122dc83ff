import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRun } from '../../../src/run/directory.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { rnnSearchPresets } from '../../../src/tasks/text/search-settings.ts';
import { searchJob } from '../../../src/search/job.ts';
import type { SearchOrder } from '../../../src/search/order.ts';
import {
  digestsBelow,
  otherTexts,
  stopAfterCheckpoint,
  textFolder,
  writeTexts,
} from '../../support/texts.ts';

const settings = {
  ...rnnSearchPresets['darts-rnn'],
  units: 4,
  nodes: 1,
  epochs: 2,
  batch_size: 4,
  bptt: 6,
  eval_batch_size: 2,
  rate: 1,
};

const orderOf = (out: string, from: string, changed: Partial<typeof settings> = {}): SearchOrder => ({
  kind: 'new',
  out,
  engine: 'reference',
  config: { data: 'text', from, preset: 'darts-rnn', settings: { ...settings, ...changed } },
});

const job = (order: SearchOrder, { signal = new AbortController().signal, reporter = silentReporter } = {}) =>
  searchJob(order, reporter, signal);

/** A search that was stopped after its first epoch. */
async function stopped(from: string): Promise<string> {
  const out = join(from, 'run');
  await stopAfterCheckpoint(out, (control) => job(orderOf(out, from), control));
  return out;
}

describe('a resumed search on a text', () => {
  it.each(otherTexts)(
    'refuses another text: $what, and leaves all as it was',
    async ({ change, differs }) => {
      const from = await textFolder();
      const run = await stopped(from);
      writeTexts(from, change);
      const before = digestsBelow(run);
      await expect(job({ kind: 'resume', run })).rejects.toMatchObject({
        code: 'input/invalid',
        exitCode: 2,
        message: expect.stringMatching(differs),
        help: expect.stringContaining(from),
      });
      expect(digestsBelow(run)).toEqual(before);
      writeTexts(from);
      expect(await job({ kind: 'resume', run })).toMatchObject({ engine: 'reference' });
      expect(openRun(run).record().status).toBe('done');
    },
  );

  it('does not ask for the test text, which it does not use', async () => {
    const from = await textFolder();
    const run = await stopped(from);
    writeTexts(from, (text, split) => (split === 'test' ? text.replace('one two', 'two one') : text));
    expect(await job({ kind: 'resume', run })).toMatchObject({ run, task: 'text', engine: 'reference' });
    const resumed = openRun(run);
    expect(resumed.record().status).toBe('done');
    expect(resumed.readMetrics().map(({ epoch }) => epoch)).toEqual([0, 1]);
  });
});

it.each([
  ['batch_size', 'training', 50, 'a batch_size of at most 40'],
  ['batch_size', 'validation', 25, 'a batch_size of at most 20'],
  ['eval_batch_size', 'validation', 25, 'an eval_batch_size of at most 20'],
] as const)(
  'a search that cannot start because of its %s on the %s text leaves no run behind',
  async (setting, text, size, help) => {
    const from = await textFolder();
    const out = join(from, 'run');
    await expect(job(orderOf(out, from, { [setting]: size }))).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining(`tokens of the ${text} text`),
      help: `Use ${help}, or a longer text.`,
    });
    expect(existsSync(out)).toBe(false);
  },
);

it('says how far the measuring of the validation text is, epoch by epoch', async () => {
  const from = await textFolder();
  const said: unknown[][] = [];
  const progress = (...report: unknown[]) => {
    if (report[2] === 'rows') said.push(report);
  };
  await job(orderOf(join(from, 'run'), from), { reporter: { ...silentReporter, progress } });
  // Twenty rows, the last of which has no row below it.
  expect(said).toEqual(
    [1, 2].flatMap((epoch) =>
      [6, 12, 18, 19].map((rows) => [
        rows,
        19,
        'rows',
        `measuring on the validation text after epoch ${epoch} of 2`,
      ]),
    ),
  );
});
