/** Estimates of the smallest searches and trainings: what they say, and that they leave nothing. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measuredEstimate } from '../../src/estimate/estimate.ts';
import { estimateJob } from '../../src/estimate/job.ts';
import { interrupted } from '../../src/run/failure.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { digestsBelow } from '../support/texts.ts';
import { smallOrders } from './small.ts';

const never = new AbortController().signal;

describe.each(smallOrders)('$job of $config.data', ({ job, config, stepsPerEpoch }) => {
  // Each configuration is of its job.
  const askedIn = (folder: string, settings: object = config.settings) =>
    ({
      job,
      order: { kind: 'new', out: join(folder, 'run'), config: { ...config, settings }, engine: 'reference' },
    }) as never;

  it('says what it takes, and leaves no file', async () => {
    const folder = await temporaryFolder();
    const seen: (readonly [number, number])[] = [];
    const reporter: Reporter = { ...silentReporter, progress: (done, total) => seen.push([done, total]) };
    const found = await estimateJob(askedIn(folder), reporter, never);
    expect(measuredEstimate.parse(found)).toEqual(found);
    expect(digestsBelow(folder)).toEqual({});
    const { seconds, secondsPerStep, epochs } = found;
    expect(found).toMatchObject({ job, engine: 'reference', epochs: config.settings.epochs, stepsPerEpoch });
    expect(secondsPerStep).toBeGreaterThan(0);
    expect(seconds.measuring).toBeGreaterThan(0);
    expect(seconds.epoch).toBeCloseTo(stepsPerEpoch * secondsPerStep + (seconds.measuring ?? 0), 0);
    expect(seconds.total).toBeGreaterThanOrEqual(epochs * seconds.epoch);
    // Of text the best weights are measured at the end.
    if (job === 'train' && found.task === 'text') expect(seconds.testing).toBeGreaterThan(0);
    else expect(seconds.testing).toBe(0);
    expect(found.memory.peak).toBeGreaterThan(2 ** 20);
    expect(seen[0]?.[0]).toBe(0);
  });

  it('stops between two steps, and leaves no file either', async () => {
    const folder = await temporaryFolder();
    const stopping = new AbortController();
    const reporter: Reporter = {
      ...silentReporter,
      progress: (done) => done === 1 && stopping.abort(interrupted()),
    };
    await expect(estimateJob(askedIn(folder), reporter, stopping.signal)).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(digestsBelow(folder)).toEqual({});
  });

  it('is refused of a run that has begun', async () => {
    const asked = { job, order: { kind: 'resume', run: 'runs/a' } } as const;
    await expect(estimateJob(asked, silentReporter, never)).rejects.toMatchObject({
      code: 'input/invalid',
      message: 'runs/a has begun, and only what has not can be timed',
      help: `Resume it, and its progress says how long it takes: nascent ${job} --resume runs/a`,
    });
  });
});

it('epochs of warm-up are timed apart', async () => {
  const [{ config }] = smallOrders;
  const settings = { ...config.settings, epochs: 3, warmup_epochs: 1 };
  const order = {
    kind: 'new',
    out: 'nowhere',
    config: { ...config, settings },
    engine: 'reference',
  } as never;
  const { seconds, rough } = await estimateJob({ job: 'search', order }, silentReporter, never);
  expect(rough.join()).not.toContain('warm-up');
  // The steps of the first leave alphas alone, and take about half as long.
  expect(seconds.total).toBeGreaterThan(2 * seconds.epoch);
});
