import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readZip } from '../../src/files/zip.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { makeZip } from '../data/text/release.ts';

const files = { 'some/': '', 'some/one.txt': 'one '.repeat(100), 'two.txt': 'two – <unk>', 'empty.txt': '' };

async function read(bytes: Uint8Array, wanted: (name: string) => boolean = () => true) {
  const path = join(await temporaryFolder(), 'a.zip');
  await writeFile(path, bytes);
  const found = await readZip(path, wanted);
  return Object.fromEntries([...found].map(([name, data]) => [name, Buffer.from(data).toString('utf8')]));
}

describe('readZip', () => {
  it.each([
    ['deflated', false],
    ['stored', true],
  ])('reads %s entries, and no folders', async (_, stored) => {
    const { 'some/': _folder, ...expected } = files;
    expect(await read(makeZip(files, stored))).toEqual(expected);
    expect(await read(makeZip(files, stored), (name) => name === 'two.txt')).toEqual({
      'two.txt': 'two – <unk>',
    });
  });

  it('reads an archive with a comment behind it', async () => {
    expect(await read(Buffer.concat([makeZip({ a: 'b' }), Buffer.from('a comment')]))).toEqual({ a: 'b' });
  });

  it('refuses what is cut short, damaged or not an archive', async () => {
    const whole = makeZip(files);
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, 60, 75);
    const bad = [
      whole.subarray(0, -30),
      damaged,
      Buffer.from('no archive'),
      Buffer.alloc(0),
      whole.subarray(40),
    ];
    for (const bytes of bad) await expect(read(bytes)).rejects.toMatchObject({ code: 'data/damaged' });
  });
});
