import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { interrupted } from '../../src/run/failure.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { trainPresets } from '../../src/tasks/images/train-settings.ts';
import { trainJob } from '../../src/train/job.ts';
import type { TrainOrder } from '../../src/train/order.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { digestsBelow } from '../support/texts.ts';

const fixture = fileURLToPath(new URL('../../fixtures/imagenet', import.meta.url));

it('a training whose folder of images has changed is not resumed, and stays as it was', async () => {
  const folder = await temporaryFolder();
  const [from, out] = [join(folder, 'images'), join(folder, 'run')];
  cpSync(fixture, from, { recursive: true });
  const order: TrainOrder = {
    kind: 'new',
    out,
    engine: 'onnxruntime',
    config: {
      data: 'imagenet',
      from,
      preset: 'test',
      source: 'DARTS_V2',
      genotype: publishedGenotypes.DARTS_V2,
      settings: {
        ...trainPresets.imagenet,
        channels: 2,
        layers: 3,
        epochs: 1,
        batch_size: 8,
        test_images: 0,
        image_size: 32,
        auxiliary: 0,
      },
    },
  };
  const stopping = new AbortController();
  const reporter: Reporter = { ...silentReporter, progress: () => stopping.abort(interrupted()) };
  await expect(trainJob(order, reporter, stopping.signal)).rejects.toMatchObject({ code: 'interrupted' });
  const lost = Object.keys(digestsBelow(join(from, 'train')))[0] ?? '';
  rmSync(lost);
  const before = digestsBelow(out);
  const resume = () => trainJob({ kind: 'resume', run: out }, silentReporter, new AbortController().signal);
  await expect(resume()).rejects.toMatchObject({
    code: 'input/invalid',
    message: expect.stringMatching(/the images of imagenet are not those .* to train on and were/),
  });
  expect(digestsBelow(out)).toEqual(before);
  cpSync(fixture, from, { recursive: true });
  expect(existsSync(lost)).toBe(true);
  expect(await resume()).toMatchObject({ run: out });
});
