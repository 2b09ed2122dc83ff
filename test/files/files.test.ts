import { spawnSync } from 'node:child_process';
import { lstat, mkdir, readFile, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  assertSpace,
  digestOfFile,
  diskError,
  megabytes,
  sweepTemporaries,
  temporaryBeside,
  writeFileWhole,
} from '../../src/files/files.ts';
import { temporaryFolder } from '../data/temporary.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: it says`), { code });

describe('writeFileWhole', () => {
  it('writes, makes the folders, replaces, and leaves nothing else', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a', 'b', 'file.json');
    await writeFileWhole(path, 'one');
    await writeFileWhole(path, Uint8Array.of(0x74, 0x77, 0x6f));
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['file.json']);
  });

  it('is one of the whole files where many write at once', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'file');
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000));
    await Promise.all(texts.map((text) => writeFileWhole(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('says what could not be written, and removes what it began', async () => {
    const folder = await temporaryFolder();
    const taken = join(folder, 'taken');
    await mkdir(join(taken, 'inside'), { recursive: true });
    await expect(writeFileWhole(taken, 'text')).rejects.toMatchObject({
      code: 'disk/failed',
      message: expect.stringContaining(`cannot write ${taken}: `),
    });
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('diskError', () => {
  it.each(['ENOSPC', 'EDQUOT'])('%s is a full disk, with the path and the bytes', (code) => {
    const error = diskError(systemError(code), '/data/x.bin', 1234);
    expect([error.code, error.message]).toEqual([
      'disk/full',
      'no space left to write /data/x.bin (1234 bytes)',
    ]);
  });

  it('is otherwise the reason that the system gives', () => {
    const error = diskError(systemError('EROFS'), '/data/x.bin', 1);
    expect([error.code, error.message]).toEqual(['disk/failed', 'cannot write /data/x.bin: EROFS: it says']);
    expect(diskError(error, 'elsewhere', 2)).toBe(error);
  });
});

describe('assertSpace', () => {
  it('lets pass what fits, and says how much is missing of what does not', async () => {
    const folder = await temporaryFolder();
    await assertSpace(folder, 1);
    await expect(assertSpace(folder, 2 ** 60)).rejects.toMatchObject({
      code: 'disk/full',
      message: expect.stringMatching(/ has .* free, and 1152921504607 MB are needed$/),
    });
  });
});

it('a parent that is a file is the error, not the cleaning up after it', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(writeFileWhole(join(folder, 'file', 'x'), '1')).rejects.toMatchObject({ code: 'disk/failed' });
});

describe('sweepTemporaries', () => {
  it('removes what dead processes left, and nothing else', async () => {
    const folder = await temporaryFolder();
    // A process that has ended by the time its number is known.
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const mine = basename(temporaryBeside(join(folder, 'big.bin')));
    const theirs = mine.replace(`.${process.pid}-`, `.${dead}-`);
    const old = basename(temporaryBeside(join(folder, 'old.bin')));
    for (const name of [mine, theirs, old, 'notes.tmp', 'big.bin']) await writeFile(join(folder, name), '');
    await utimes(join(folder, old), 0, 0);
    await mkdir(join(folder, `.npm.${dead}-0123abcd.tmp`, 'deep'), { recursive: true });
    await sweepTemporaries(folder);
    expect((await readdir(folder)).toSorted()).toEqual([mine, 'big.bin', 'notes.tmp'].toSorted());
    await sweepTemporaries(join(folder, 'nowhere'));
  });
});

it('digests are the published ones', async () => {
  const path = join(await temporaryFolder(), 'abc');
  await writeFile(path, 'abc');
  // The test vectors of RFC 1321 and FIPS 180-2.
  expect(await digestOfFile(path, 'md5')).toBe('900150983cd24fb0d6963f7d28e17f72');
  expect(await digestOfFile(path, 'sha256')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

it('bytes read as a person says them', () => {
  expect([megabytes(10), megabytes(999_999), megabytes(138_940_914)]).toEqual(['1 kB', '1000 kB', '139 MB']);
});

it('a link is followed, and a pipe is written into and stays one', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'file');
  await writeFile(file, 'old');
  await symlink(file, join(folder, 'link'));
  await writeFileWhole(join(folder, 'link'), 'new');
  expect(await readFile(file, 'utf8')).toBe('new');
  expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);

  const pipe = join(folder, 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return;
  const reading = readFile(pipe, 'utf8');
  await writeFileWhole(pipe, 'through');
  expect(await reading).toBe('through');
  expect((await lstat(pipe)).isFIFO()).toBe(true);
});
