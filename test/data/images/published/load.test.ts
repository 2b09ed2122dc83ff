import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { loadRelease } from '../../../../src/data/images/published/load.ts';
import { cifar10 } from '../../../../src/data/images/published/releases/cifar10.ts';
import { temporaryFolder } from '../../temporary.ts';
import { fixture } from './cifar10.ts';

describe('a release in memory', () => {
  it('gives the files’ images in order, planes apart', async () => {
    const train = await loadRelease(cifar10, 'train', { directory: fixture });
    const file = await readFile(join(fixture, 'data_batch_3.bin'));
    expect(train).toMatchObject({
      name: 'cifar10-fixture',
      split: 'train',
      count: 50,
      channels: 3,
      height: 32,
      width: 32,
    });
    expect(train.pixels.length).toBe(50 * 3072);
    // Image 24 is the fifth of the third file.
    expect(train.labels[24]).toBe(file[4 * 3073]);
    expect(train.pixels.subarray(24 * 3072, 25 * 3072)).toEqual(
      Uint8Array.from(file.subarray(4 * 3073 + 1, 5 * 3073)),
    );
    const test = await loadRelease(cifar10, 'test', { directory: fixture });
    expect([...test.labels].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('names the command where there is no data', async () => {
    const cache = await temporaryFolder();
    await expect(loadRelease(cifar10, 'train', { cache })).rejects.toMatchObject({
      code: 'data/missing',
      exitCode: 2,
      help: 'Get it: nascent data get cifar10',
    });
  });

  it('names the first missing file of a folder without a list', async () => {
    const directory = await temporaryFolder();
    await expect(loadRelease(cifar10, 'test', { directory })).rejects.toMatchObject({
      code: 'data/missing',
      message: `CIFAR-10 is not complete: there is no ${join(directory, 'test_batch.bin')}`,
    });
  });
});

describe('the official release', () => {
  it('is 50,000 and 10,000 records in ten classes', () => {
    const records = (split: string) =>
      cifar10.files.filter((file) => file.split === split).reduce((sum, file) => sum + file.records, 0);
    expect([records('train'), records('test')]).toEqual([50_000, 10_000]);
    expect(cifar10.besides.text).toHaveLength(61);
  });
});
