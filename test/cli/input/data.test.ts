/** Which data a command is about: what is asked for, completed by what the run says. */

import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import {
  dataOf,
  givenData,
  refuseGiven,
  refuseOthers,
  requireSameTask,
  taskAt,
  trainedOn,
} from '../../../src/cli/input/data.ts';
import { createRun } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';

const options = { seed: 0, engine: 'reference' } as const;

test.each([
  [{ data: 'imagenet', from: '/images' }, 'cifar10', 'in the cache'],
  [{ data: 'wikitext2', from: '/texts' }, 'grammar', 'made on the spot'],
] as const)('a name, a folder, or both; what is not said is as in the run of %j', (own, without, where) => {
  expect(givenData({}, own)).toEqual(own);
  expect(givenData({ data: own.data }, own)).toEqual(own);
  expect(givenData({ from: 'here' }, own)).toEqual({ data: own.data, from: resolve('here') });
  expect(givenData({ data: 'ptb' }, own)).toEqual({ data: 'ptb' });
  expect(givenData({ data: without }, own)).toEqual({ data: without });
  expect(givenData({ data: 'ptb', from: 'here' }, own)).toEqual({ data: 'ptb', from: resolve('here') });
  expect(() => givenData({ data: without, from: 'here' }, own)).toThrow(
    `--from here is for a dataset in a folder, and ${without} is ${where}`,
  );
});

test('without a run, the name is needed, or there is one to fall back on', () => {
  expect(givenData({ data: 'grammar' })).toEqual({ data: 'grammar' });
  expect(givenData({ data: 'imagenet', from: 'b' })).toEqual({ data: 'imagenet', from: resolve('b') });
  expect(givenData({}, undefined, 'cifar10')).toEqual({ data: 'cifar10' });
  expect(() => givenData({})).toThrow('no dataset was named');
  // A folder of what is fallen back on would be a guess.
  expect(() => givenData({ from: 'here' }, undefined, 'cifar10')).toThrow(
    '--from here needs the name of its dataset',
  );
  expect(() => givenData({ data: 'cifar99' })).toThrow('unknown dataset "cifar99"');
});

test('the data of a run are those that its network was trained on', async () => {
  const path = join(await temporaryFolder(), 'a');
  const run = await createRun(path, { ...options, kind: 'search', config: { data: 'grammar' } });
  expect(trainedOn(run)).toEqual({ data: 'grammar' });
  const config = { data: 'wikitext2', from: '/texts', preset: 'wikitext2' };
  await createRun(join(path, 'train'), { ...options, kind: 'train', config });
  expect(trainedOn(run)).toEqual({ data: 'wikitext2', from: '/texts' });
  expect(dataOf(run)).toEqual({ data: 'grammar' });
});

test('a run says which task it is of, and data of the other are refused', async () => {
  const folder = await temporaryFolder();
  const [text, images, older] = [join(folder, 'text'), join(folder, 'images'), join(folder, 'older')];
  await createRun(text, { ...options, kind: 'search', config: { data: 'grammar' } });
  await createRun(images, { ...options, kind: 'search', config: { data: 'synthetic' } });
  await createRun(older, { ...options, kind: 'search', config: { data: 'imagenette' } });
  expect([text, images, older, folder].map((path) => taskAt(path)?.name)).toEqual([
    'text',
    'images',
    undefined,
    undefined,
  ]);
  expect(() => requireSameTask(text, 'cifar10')).toThrow(`${text} is of text, and cifar10 is images`);
  expect(() => requireSameTask(images, 'ptb')).toThrow(`${images} is of images, and ptb is text`);
  requireSameTask(text, 'ptb');
  requireSameTask(images, 'cifar10');
});

test('an option that only the other task has is refused', () => {
  const options = { images: { images: undefined, testImages: 3 }, text: { batch: undefined, tokens: 3 } };
  expect(() => refuseOthers('images', options)).toThrow('--tokens is for text, and this is about images');
  expect(() => refuseOthers('text', options)).toThrow('--test-images is for images, and this is about text');
  refuseOthers('images', { images: { images: 3 }, text: { batch: undefined, tokens: undefined } });
  refuseOthers('text', { text: { tokens: 3 } });
});

test('an option that is of no use is refused, unless it says what holds without it', () => {
  expect(() => refuseGiven({ retrain: undefined, retrainSet: ['epochs=2'] }, 'goes with --seeds')).toThrow(
    '--retrain-set goes with --seeds',
  );
  refuseGiven({ retrain: undefined, cuda: false }, 'goes with --seeds');
});
