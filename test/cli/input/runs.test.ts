import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { dataOf } from '../../../src/cli/input/data.ts';
import { freeRun, givenModel, likelyData, requireFree } from '../../../src/cli/input/runs.ts';
import type { ModelAndData } from '../../../src/evaluate/language-model.ts';
import { createRun } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';

const options = { kind: 'train', config: { data: 'synthetic' }, seed: 0, engine: 'reference' } as const;

test('the first free number is taken', async () => {
  const folder = await temporaryFolder();
  const before = process.cwd();
  try {
    process.chdir(folder);
    expect(freeRun('search')).toBe(join('runs', 'search-1'));
    mkdirSync(join('runs', 'search-1'), { recursive: true });
    mkdirSync(join('runs', 'search-3'), { recursive: true });
    expect([freeRun('search'), freeRun('demo')]).toEqual([join('runs', 'search-2'), join('runs', 'demo-1')]);
  } finally {
    process.chdir(before);
  }
});

test('a model is a file, or that of a run, which it is also by its place', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a');
  const run = await createRun(path, options);
  expect(() => givenModel(path)).toThrow(`${path} has no model.onnx yet`);
  await run.writeFile('model.onnx', 'onnx');
  const file = join(path, 'model.onnx');
  for (const given of [path, file]) {
    const model = givenModel(given);
    expect([model.file, model.run?.path, model.modelOf?.path]).toEqual([file, path, path]);
    expect(model.run && dataOf(model.run)).toEqual({ data: 'synthetic' });
  }
  await run.writeFile('other.onnx', 'onnx');
  const beside = givenModel(join(path, 'other.onnx'));
  expect([beside.run?.path, beside.modelOf]).toEqual([path, undefined]);
  writeFileSync(join(folder, 'alone.onnx'), 'onnx');
  expect(givenModel(join(folder, 'alone.onnx'))).toEqual({ file: join(folder, 'alone.onnx') });
});

/** What a model file says of itself. */
function about(kind: 'images' | 'text', dataset?: string): ModelAndData {
  return kind === 'images'
    ? { kind, data: undefined }
    : ({ kind, data: undefined, model: { dataset } } as ModelAndData);
}

test('a model was probably made for the data of the training, unless the file says others', async () => {
  const path = join(await temporaryFolder(), 'a');
  const own = { data: 'wikitext2', from: '/texts' } as const;
  const run = await createRun(path, { ...options, kind: 'search', config: { data: 'grammar' } });
  expect(likelyData(run, about('text'))).toEqual({ data: 'grammar' });
  await createRun(join(path, 'train'), { ...options, config: own });
  expect(likelyData(run, about('text', 'wikitext2'))).toEqual(own);
  expect(likelyData(run, about('text'))).toEqual(own);
  expect(likelyData(run, about('text', 'ptb'))).toEqual({ data: 'ptb' });
  // A stray file of the other task in its folder is not made for its data.
  expect(likelyData(run, about('images'))).toBeUndefined();
  expect(likelyData(undefined, about('text', 'ptb'))).toEqual({ data: 'ptb' });
  expect(likelyData(undefined, about('text', 'mine'))).toBeUndefined();
  expect(likelyData(undefined, about('text'))).toBeUndefined();

  const images = join(await temporaryFolder(), 'b');
  const folder = { data: 'imagenet', from: '/images' } as const;
  const trained = await createRun(images, { ...options, config: folder });
  expect(likelyData(trained, about('images'))).toEqual(folder);
  expect(likelyData(undefined, about('images'))).toBeUndefined();
});

test('what holds something is not free', async () => {
  const folder = await temporaryFolder();
  const [run, other, empty] = [join(folder, 'run'), join(folder, 'other'), join(folder, 'empty')];
  await createRun(run, options);
  mkdirSync(other);
  writeFileSync(join(other, 'file'), '');
  mkdirSync(empty);
  expect(() => requireFree(run, 'train')).toThrow('already holds a run');
  expect(() => requireFree(other, 'train')).toThrow('not an empty folder');
  expect(() => requireFree(join(other, 'file'), 'train')).toThrow('not an empty folder');
  requireFree(empty, 'train');
  requireFree(join(folder, 'none'), 'train');
  requireFree(join(other, 'file', 'below'), 'train');
});
