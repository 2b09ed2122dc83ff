import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readTextFile } from '../../../src/data/text/given.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeFiles } from './release.ts';

test('a file that is larger than a text may be is refused before it is read, with the fix', async () => {
  const folder = await writeFiles(await temporaryFolder(), { 'train.txt': 'the cat\n' });
  const path = join(folder, 'train.txt');
  expect(Buffer.from(await readTextFile(path, undefined, 8)).toString()).toBe('the cat\n');
  await expect(readTextFile(path, undefined, 7)).rejects.toMatchObject({
    code: 'input/invalid',
    message: `${path} has 8 bytes, and a text may have at most 7`,
    help: `Use a part of it: head -c 7 ${path} > part.txt`,
  });
});
