import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { datasetSource } from '../../../src/data/images/source.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { readImageFacts, requireSameImages, writeImageFacts } from '../../../src/tasks/images/facts.ts';
import { newRun } from '../../support/runs.ts';

const images = datasetSource(syntheticImages({ count: 8, seed: 1, split: 'train' }));
const [first, second, ...others] = images.classes;

it('a training is gone on with on images like those that it began with, and on no others', async () => {
  const run = await newRun('train');
  // Before anything is written down, any will do.
  requireSameImages(run, images);
  await writeImageFacts(run, images);
  requireSameImages(run, images);
  const refusal = (changed: Partial<typeof images>) => {
    try {
      requireSameImages(run, { ...images, ...changed });
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const began = `the images of synthetic are not those that ${run.path} began with: `;
  expect(refusal({ count: 9 })).toMatchObject({
    code: 'input/invalid',
    exitCode: 2,
    message: `${began}there are 9 to train on and were 8`,
  });
  expect(refusal({ count: 9, classes: [...images.classes, 'more'] })).toMatchObject({
    message: `${began}there are 9 to train on and were 8; there are 11 classes and were 10`,
  });
  expect(refusal({ classes: [second ?? '', first ?? '', ...others] })).toMatchObject({
    message: `${began}class 1 is "${second}" and was "${first}"`,
  });
});

it('an older run, which does not know how many images it had, goes by the classes', async () => {
  const run = await newRun('train');
  await writeImageFacts(run, images);
  const { count, ...older } = readImageFacts(run);
  expect(count).toBe(8);
  writeFileSync(run.file('images.json'), JSON.stringify(older));
  requireSameImages(run, { ...images, count: 9 });
  expect(() => requireSameImages(run, { ...images, classes: ['one'] })).toThrow(
    'there are 1 classes and were 10',
  );
});
