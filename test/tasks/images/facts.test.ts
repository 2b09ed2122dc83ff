import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { datasetSource } from '../../../src/data/images/source.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { imageFacts, readImageFacts } from '../../../src/tasks/images/facts.ts';
import { newRun } from '../../support/runs.ts';

const images = datasetSource(syntheticImages({ count: 8, seed: 1, split: 'train' }));
const [first, second, ...others] = images.classes;

it('a training is resumed on images like those that it began with, and on no others', async () => {
  const run = await newRun('train');
  // Before anything is written down, any will do.
  (await imageFacts(images)).requireSame(run);
  await (await imageFacts(images)).write(run);
  (await imageFacts(images)).requireSame(run);
  const refusal = async (changed: Partial<typeof images>) => {
    const facts = await imageFacts({ ...images, ...changed });
    try {
      facts.requireSame(run);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const began = `the images of synthetic are not those that ${run.path} began with: `;
  expect(await refusal({ count: 9 })).toMatchObject({
    code: 'input/invalid',
    exitCode: 2,
    message: `${began}there are 9 to train on and were 8`,
  });
  expect(await refusal({ count: 9, classes: [...images.classes, 'more'] })).toMatchObject({
    message: `${began}there are 9 to train on and were 8; there are 11 classes and were 10`,
  });
  expect(await refusal({ classes: [second ?? '', first ?? '', ...others] })).toMatchObject({
    message: `${began}class 1 is "${second}" and was "${first}"`,
  });
  expect(await refusal({ width: 30 })).toMatchObject({
    message: `${began}they are 30×32 pixels and were 32×32 pixels`,
  });
  expect(await refusal({ digest: async () => 'another' })).toMatchObject({
    message: `${began}as many as there were, with the same classes, but others or in another order`,
  });
});

it('an older run, which does not know how many images it had, goes by the classes', async () => {
  const run = await newRun('train');
  await (await imageFacts(images)).write(run);
  const { count, ...older } = readImageFacts(run);
  expect(count).toBe(8);
  writeFileSync(run.file('images.json'), JSON.stringify(older));
  (await imageFacts({ ...images, count: 9 })).requireSame(run);
  const facts = await imageFacts({ ...images, classes: ['one'] });
  expect(() => facts.requireSame(run)).toThrow('there are 1 classes and were 10');
});

it('a run that has learnt and does not say from what is not resumed', async () => {
  const run = await newRun('train');
  const facts = await imageFacts(images);
  facts.requireSame(run);
  await run.writeCheckpoint('epoch-0', { meta: {}, tensors: new Map() });
  expect(() => facts.requireSame(run)).toThrow('images.json is gone');
});
