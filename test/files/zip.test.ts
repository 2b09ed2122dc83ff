import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { readZip } from '../../src/files/zip.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { makeZip } from '../data/text/release.ts';
import { tries } from '../support/properties.ts';

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

  it('reads more entries than the end record can count, with a second one and without', async () => {
    const many = Array.from({ length: 65_540 }, (_, i) => [`${i}.txt`, i === 65_539 ? 'last' : ''] as const);
    const last = (name: string) => name === '65539.txt';
    for (const wide of [true, false]) {
      expect(await read(makeZip(many, true, wide), last)).toEqual({ '65539.txt': 'last' });
    }
    expect(await read(makeZip(files, true, true), (name) => name === 'empty.txt')).toEqual({
      'empty.txt': '',
    });
    const miscounted = makeZip(files, true, true);
    miscounted.writeUInt32LE(5, miscounted.length - 22 - 76 + 24);
    miscounted.writeUInt32LE(5, miscounted.length - 22 - 76 + 32);
    await expect(read(miscounted)).rejects.toMatchObject({ code: 'data/damaged' });
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

  it('refuses a file that is too large to be unpacked into memory, before it is', async () => {
    const archive = makeZip({ a: 'b' }, true);
    // Its size, in the header and in the list.
    for (const at of [22, 31 + 1 + 24]) archive.writeUInt32LE(2 ** 30, at);
    await expect(read(archive)).rejects.toMatchObject({
      code: 'input/invalid',
      message: 'a has 1,073,741,824 bytes, and a file in an archive may have at most 268,435,456',
    });
  });

  it('refuses an archive that has a wanted file twice', async () => {
    const twice = makeZip([
      ['a.txt', 'one'],
      ['b.txt', 'two'],
      ['a.txt', 'three'],
    ]);
    await expect(read(twice)).rejects.toMatchObject({
      code: 'data/damaged',
      message: expect.stringContaining('it has a.txt twice'),
    });
    expect(await read(twice, (name) => name === 'b.txt')).toEqual({ 'b.txt': 'two' });
  });

  it('reads sizes that stand behind the data, as the system’s zip writes them into a pipe', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'in', 'a.txt'), 'word '.repeat(5000));
    const zipped = spawnSync('sh', ['-c', 'zip -rq - in | cat'], { cwd: folder });
    if (zipped.status !== 0 || zipped.stdout.length === 0) context.skip('there is no zip here');
    expect(await read(zipped.stdout)).toEqual({ 'in/a.txt': 'word '.repeat(5000) });
  });

  it('gives the bytes that were put in, or an error, whatever byte of it is damaged', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.zip');
    const content = fc.dictionary(
      fc.constantFrom('a.txt', 'b/a.txt', 'b/', 'ü.txt', 'c'),
      fc.string({ maxLength: 40, unit: fc.constantFrom('a', 'b', ' ', '\n', 'ü') }),
      { minKeys: 1, noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.boolean(),
        fc.boolean(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (entries, stored, wide, place, flip) => {
          const archive = makeZip(entries, stored, wide);
          const at = place % archive.length;
          archive[at] = (archive[at] ?? 0) ^ flip;
          await writeFile(path, archive);
          const found = await readZip(path, () => true).catch((error: unknown) => {
            if (error instanceof NascentError) return undefined;
            throw error;
          });
          if (found === undefined) return;
          const expected = Object.entries(entries).filter(([name]) => !name.endsWith('/'));
          expect([...found].map(([name, data]) => [name, Buffer.from(data).toString('utf8')])).toEqual(
            expected,
          );
        },
      ),
      { numRuns: tries(1000) },
    );
  });
});
