/** What a new training takes from the search that it trains the cells of. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { newTraining } from '../../../src/cli/commands/train.ts';
import { createRun } from '../../../src/run/directory.ts';
import { genotypeToJson } from '../../../src/space/images/genotype-json.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { temporaryFolder } from '../../data/temporary.ts';

async function searched(
  data: string,
  settings: Readonly<Record<string, number | null | string | readonly number[]>>,
  from?: string,
): Promise<string> {
  const path = join(await temporaryFolder(), 'run');
  const config = { data, ...(from !== undefined && { from }), preset: 'quick', settings };
  const run = await createRun(path, { kind: 'search', config, seed: 7, engine: 'reference' });
  writeFileSync(run.file('genotype.json'), genotypeToJson(publishedGenotypes.DARTS_V2));
  return path;
}

test('images of one’s own stay of the size and the channels that they were searched with', async () => {
  const run = await searched('images', { image_size: 32, image_channels: 1, channels: 5 });
  const small = ['channels=4', 'layers=2'];
  expect(newTraining(run, { set: small }).settings).toMatchObject({ image_size: 32, image_channels: 1 });
  const set = [...small, 'image_size=64'];
  expect(newTraining(run, { set }).settings).toMatchObject({
    image_size: 64,
    image_channels: 1,
    channels: 4,
  });
  const free = await searched('images', { image_size: null, image_channels: null });
  expect(newTraining(free, { set: small }).settings).toMatchObject({
    image_size: null,
    image_channels: null,
  });
});

test('other images do not: large networks are trained on larger ones than were searched with', async () => {
  const run = await searched('imagenet', { image_size: 64, image_channels: null });
  expect(newTraining(run, { set: ['channels=4', 'layers=2'] }).settings).toMatchObject({ image_size: null });
});

test('classes weigh what they weighed in the search; a number for each of them, where they are the same', async () => {
  const set = ['channels=4', 'layers=2'];
  const taken = async (class_weights: 'balanced' | readonly number[], from?: string) => {
    const run = await searched('images', { class_weights }, '/pets');
    return newTraining(run, { set, ...(from !== undefined && { from }) }).settings;
  };
  expect(await taken('balanced')).toMatchObject({ class_weights: 'balanced' });
  expect(await taken('balanced', '/cars')).toMatchObject({ class_weights: 'balanced' });
  expect(await taken([1, 3])).toMatchObject({ class_weights: [1, 3] });
  expect(await taken([1, 3], '/pets')).toMatchObject({ class_weights: [1, 3] });
  expect(await taken([1, 3], '/cars')).toMatchObject({ class_weights: 'none' });
});
