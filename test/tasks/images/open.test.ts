import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { expect, it } from 'vitest';

import { openSearchImages, openTrainingImages } from '../../../src/tasks/images/open.ts';
import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { trainPresets } from '../../../src/tasks/images/train-settings.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { temporaryFolder } from '../../data/temporary.ts';

/** Red and blue images, four of a class to train on, and some in each other split. */
async function folder(splits: Readonly<Record<string, number>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [split, count] of Object.entries(splits)) {
    for (const background of ['red', 'blue']) {
      await mkdir(join(root, split, background), { recursive: true });
      const png = await sharp({ create: { width: 4, height: 4, channels: 3, background } })
        .png()
        .toBuffer();
      for (let i = 0; i < count; i++) await writeFile(join(root, split, background, `${i}.png`), png);
    }
  }
  return root;
}

const request = (from: string) => ({
  data: 'images',
  from,
  reporter: silentReporter,
  signal: new AbortController().signal,
});

it('learns alphas on the images for validation, and weights on all others', async () => {
  const opened = await openSearchImages(
    request(await folder({ train: 4, val: 3, test: 2 })),
    searchPresets.quick,
  );
  expect([opened.weights.count, opened.alphas.count, opened.apart]).toEqual([8, 6, true]);
  expect(opened.alphas.mean).toEqual(opened.all.mean);
  const halved = await openSearchImages(request(await folder({ train: 4, val: 3 })), searchPresets.quick);
  expect([halved.weights.count, halved.alphas.count, halved.apart]).toEqual([4, 4, false]);
});

it('measures a training on the images for validation, unless some are held back', async () => {
  const from = await folder({ train: 4, val: 3, test: 2 });
  const measured = async (held_back: number) => {
    const opened = await openTrainingImages(request(from), { ...trainPresets.quick, held_back });
    const { source, split, on } = opened.measured ?? {};
    await opened.close();
    return [opened.training.count, source?.count, split, on];
  };
  expect(await measured(0)).toEqual([8, 6, 'valid', 'validation images']);
  expect(await measured(2)).toEqual([6, 2, 'valid', 'held-back images']);
});
