/** Folders are made with those around them, and what the system refuses is refused at once. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolders, makeFoldersSync } from '../../src/files/make-folders.ts';
import { temporaryFolder } from '../data/temporary.ts';

describe.each([
  ['makeFolders', makeFolders],
  ['makeFoldersSync', async (path: string) => makeFoldersSync(path)],
] as const)('%s', (_, make) => {
  it('makes those that are missing, and leaves those that are there', async () => {
    const folder = await temporaryFolder();
    const deep = join(folder, 'a', 'b', 'c');
    await make(deep);
    writeFileSync(join(deep, 'file'), '');
    await make(deep);
    await Promise.all([make(join(folder, 'x', 'y')), make(join(folder, 'x', 'z'))]);
    expect(existsSync(join(deep, 'file'))).toBe(true);
    expect(statSync(join(folder, 'x', 'z')).isDirectory()).toBe(true);
  });

  it('refuses a file, and what lies in one', async () => {
    const file = join(await temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(make(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(make(join(file, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(existsSync('/proc'))('refuses a folder in a place that takes none', async () => {
    await expect(make('/proc/nowhere')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(make('/proc/nowhere/else')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
