import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { whenChanged } from '../../src/files/when-changed.ts';
import { temporaryFolder } from '../data/temporary.ts';

test('a file is read again only when it is another', async () => {
  const file = join(await temporaryFolder(), 'run.json');
  let readings = 0;
  const value = whenChanged(file, () => {
    readings += 1;
    if (readings === 1) throw new Error('there is none yet');
    return readings;
  });
  expect(value).toThrow('there is none yet');
  writeFileSync(file, 'a');
  expect([value(), value()]).toEqual([2, 2]);
  // Of the same size and, where the clock is that coarse, of the same time: its number tells it.
  writeFileSync(`${file}.next`, 'b');
  renameSync(`${file}.next`, file);
  expect([value(), value()]).toEqual([3, 3]);
  utimesSync(file, 1, 1);
  expect([value(), value()]).toEqual([4, 4]);
  // What is gone is no value that was known.
  rmSync(file);
  expect([value(), value()]).toEqual([5, 6]);
});
