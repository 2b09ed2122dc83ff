/** Which text a command is about: what is asked for, completed by what the run says. */

import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { demoText } from '../../../src/cli/rnn/demo.ts';
import { givenText, refuseForImages, textFor, trainedTextOf } from '../../../src/cli/rnn/text-data.ts';
import { createRun } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';

const own = { data: 'wikitext2', from: '/texts' } as const;

test('a name, a folder, or both; what is left out is as in the run', () => {
  expect(givenText({}, own)).toEqual(own);
  expect(givenText({ data: 'wikitext2' }, own)).toEqual(own);
  expect(givenText({ from: 'here' }, own)).toEqual({ data: 'wikitext2', from: resolve('here') });
  expect(givenText({ data: 'ptb' }, own)).toEqual({ data: 'ptb' });
  expect(givenText({ data: 'ptb', from: 'here' }, own)).toEqual({ data: 'ptb', from: resolve('here') });
  expect(givenText({ data: 'grammar' })).toEqual({ data: 'grammar' });
  expect(() => givenText({ from: 'here' })).toThrow('--from here is a text of which the name was not given');
  expect(() => givenText({ data: 'cifar10' }, own)).toThrow('unknown text "cifar10"');
});

test('the text of a model is that of the training, unless the file says another', async () => {
  const path = join(await temporaryFolder(), 'a');
  const options = { seed: 0, engine: 'reference' } as const;
  const run = await createRun(path, { ...options, kind: 'search', config: { data: 'grammar' } });
  expect(trainedTextOf(run)).toEqual({ data: 'grammar' });
  await createRun(join(path, 'train'), { ...options, kind: 'train', config: { ...own } });
  expect(trainedTextOf(run)).toEqual(own);

  expect(textFor(run, { dataset: 'wikitext2' })).toEqual(own);
  expect(textFor(run, { dataset: undefined })).toEqual(own);
  expect(textFor(run, { dataset: 'ptb' })).toEqual({ data: 'ptb' });
  expect(textFor(undefined, { dataset: 'ptb' })).toEqual({ data: 'ptb' });
  expect(textFor(undefined, { dataset: 'cifar10' })).toBeUndefined();
});

test('what a text alone takes is refused for images', () => {
  expect(() => refuseForImages({ batch: undefined, tokens: 3 })).toThrow('--tokens is for texts');
  expect(() => refuseForImages({ batch: undefined })).not.toThrow();
});

test('a demo is of no images that are called a text', async () => {
  await expect(demoText('cifar10', undefined)).rejects.toThrow('unknown text "cifar10"');
});
