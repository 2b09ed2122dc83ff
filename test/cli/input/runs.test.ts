import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import {
  dataOf,
  freeRun,
  givenImages,
  givenModel,
  requireFree,
  trainedOn,
} from '../../../src/cli/input/runs.ts';
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
    expect(model.run && dataOf(model.run)).toBe('synthetic');
  }
  await run.writeFile('other.onnx', 'onnx');
  const beside = givenModel(join(path, 'other.onnx'));
  expect([beside.run?.path, beside.modelOf]).toEqual([path, undefined]);
  writeFileSync(join(folder, 'alone.onnx'), 'onnx');
  expect(givenModel(join(folder, 'alone.onnx'))).toEqual({ file: join(folder, 'alone.onnx') });
});

test('the images of a run are those that its network was trained on', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a');
  const search = await createRun(path, { ...options, kind: 'search' });
  expect(trainedOn(search)).toEqual({ data: 'synthetic' });
  const config = { data: 'imagenet', from: '/images', preset: 'imagenet' };
  await createRun(join(path, 'train'), { ...options, config });
  expect(trainedOn(search)).toEqual({ data: 'imagenet', from: '/images' });

  expect(givenImages(search, {})).toEqual({ data: 'imagenet', from: '/images' });
  expect(givenImages(search, { data: 'imagenet' })).toEqual({ data: 'imagenet', from: '/images' });
  expect(givenImages(search, { from: 'b' })).toEqual({ data: 'imagenet', from: resolve('b') });
  expect(givenImages(search, { data: 'cifar10' })).toEqual({ data: 'cifar10' });
  expect(givenImages(undefined, { data: 'imagenet', from: 'b' })).toEqual({
    data: 'imagenet',
    from: resolve('b'),
  });
  expect(givenImages(undefined, {})).toBeUndefined();
  expect(() => givenImages(search, { data: 'cifar10', from: 'b' })).toThrow(
    '--from b is for imagenet or a text, and cifar10 is neither',
  );
  expect(() => givenImages(undefined, { from: 'b' })).toThrow('and --data was not given');
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
