import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportRun } from '../../../src/model/export.ts';
import { openRun } from '../../../src/run/directory.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { rnnTrainPresets } from '../../../src/tasks/text/train-settings.ts';
import { readCorpusFacts } from '../../../src/tasks/text/facts.ts';
import { trainJob } from '../../../src/train/job.ts';
import type { TrainOrder } from '../../../src/train/order.ts';
import {
  digestsBelow,
  otherTexts,
  stopAfterCheckpoint,
  textFolder,
  writeTexts,
} from '../../support/texts.ts';

const settings = {
  ...rnnTrainPresets.ptb,
  units: 4,
  epochs: 2,
  batch_size: 4,
  bptt: 6,
  eval_batch_size: 2,
  rate: 1,
};
const genotype = { nodes: [{ op: 'relu', source: 0 }], concat: [1] };

const orderOf = (out: string, from: string, changed: Partial<typeof settings> = {}): TrainOrder => ({
  kind: 'new',
  out,
  engine: 'reference',
  config: {
    data: 'text',
    from,
    preset: 'ptb',
    source: 'a test',
    genotype,
    settings: { ...settings, ...changed },
  },
});

const job = (order: TrainOrder, { signal = new AbortController().signal, reporter = silentReporter } = {}) =>
  trainJob(order, reporter, signal);

/** A training that was stopped after its first epoch. */
async function stopped(from: string): Promise<string> {
  const out = join(from, 'run');
  await stopAfterCheckpoint(out, (control) => job(orderOf(out, from), control));
  return out;
}

describe('a resumed training on a text', () => {
  it('runs where the text is what it was', async () => {
    const from = await textFolder();
    const run = await stopped(from);
    writeTexts(from);
    expect(await job({ kind: 'resume', run })).toMatchObject({ engine: 'reference' });
    expect(openRun(run).record().status).toBe('done');
  });

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
        help: `Put the text that it began with back at ${from}, or start a new run on this one.`,
      });
      expect(digestsBelow(run)).toEqual(before);
      // What it has is still good, and it can still be resumed.
      expect(await exportRun({ run }, silentReporter)).toMatchObject({ beside: { entries: 8 } });
      writeTexts(from);
      await job({ kind: 'resume', run });
    },
  );

  it('goes by what is used of a text, and not by the rest', async () => {
    const from = await textFolder();
    const out = join(from, 'run');
    await job(orderOf(out, from, { test_tokens: 16 }));
    writeTexts(from, (text, split) => (split === 'test' ? `${text}one\n` : text));
    await job({ kind: 'resume', run: out });
    writeTexts(from, (text, split) => (split === 'test' ? `two ${text}` : text));
    await expect(job({ kind: 'resume', run: out })).rejects.toThrow(
      /began with: the test text has other words among its 16$/,
    );
  });

  it('goes by the vocabulary where a run is from before more was written down, and writes the rest', async () => {
    const from = await textFolder();
    const run = await stopped(from);
    const { facts } = await readCorpusFacts(openRun(run));
    const { used, ...older } = facts;
    writeFileSync(join(run, 'corpus.json'), JSON.stringify(older));
    writeTexts(from, otherTexts[0].change);
    await expect(job({ kind: 'resume', run })).rejects.toThrow(otherTexts[0].differs);
    writeTexts(from);
    await job({ kind: 'resume', run });
    expect((await readCorpusFacts(openRun(run))).facts.used).toEqual(used);
  });

  it('begins, where it had been stopped before its text was written down', async () => {
    const from = await textFolder();
    const run = await stopped(from);
    rmSync(join(run, 'checkpoints'), { recursive: true });
    rmSync(join(run, 'corpus.json'));
    writeTexts(from, otherTexts[1].change);
    await job({ kind: 'resume', run });
    expect((await readCorpusFacts(openRun(run))).facts.words).toBe(9);
  });
});

it.each([
  ['batch_size', 'training', 50, 'a batch_size of at most 40'],
  ['eval_batch_size', 'validation', 50, 'an eval_batch_size of at most 20'],
  ['test_batch_size', 'test', 17, 'a test_batch_size of at most 16'],
] as const)(
  'a training that cannot start because of its %s leaves no run behind',
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
    if (report[2] === 'rows' && report[3] !== undefined) said.push(report);
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
