import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { readTarGz } from '../../src/files/tar.ts';
import { padToBlock, tarGz, tarHeader } from '../data/tar-writer.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { tries } from '../support/properties.ts';

const bytes = (length: number, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251);
const text = (value: string) => new TextEncoder().encode(value);

async function read(archive: Uint8Array, wanted: (name: string) => boolean = () => true) {
  const path = join(await temporaryFolder(), 'archive.tar.gz');
  await writeFile(path, archive);
  return readTarGz(path, wanted);
}

describe('readTarGz', () => {
  it('gives the wanted files of any size, and only those', async () => {
    const sizes = [0, 1, 511, 512, 513, 3_000_000];
    const archive = tarGz(sizes.map((size) => [`folder/${size}`, bytes(size, size)]));
    const files = await read(archive, (name) => name !== 'folder/513');
    expect([...files.keys()]).toEqual(['folder/0', 'folder/1', 'folder/511', 'folder/512', 'folder/3000000']);
    for (const [name, content] of files) {
      const size = Number(name.split('/')[1]);
      expect(Buffer.compare(content, bytes(size, size))).toBe(0);
    }
  });

  it('reads ustar prefixes, GNU long names and pax paths, and no folders', async () => {
    const long = `${'deep/'.repeat(40)}file`;
    const record = `${String(long.length + 10)} path=${long}2\n`;
    const archive = gzipSync(
      Buffer.concat([
        tarHeader('folder/', 0, '5'),
        tarHeader('name', 3, '0', 'some/prefix'),
        padToBlock(text('one')),
        tarHeader('././@LongLink', long.length + 1, 'L'),
        padToBlock(text(`${long}\0`)),
        tarHeader('cut', 3),
        padToBlock(text('two')),
        tarHeader('PaxHeader', record.length, 'x'),
        padToBlock(text(record)),
        tarHeader('cut', 5),
        padToBlock(text('three')),
        tarHeader('after', 4),
        padToBlock(text('four')),
        Buffer.alloc(1024),
      ]),
    );
    const files = await read(archive);
    expect([...files].map(([name, content]) => [name, new TextDecoder().decode(content)])).toEqual([
      ['some/prefix/name', 'one'],
      [long, 'two'],
      [`${long}2`, 'three'],
      ['after', 'four'],
    ]);
  });

  it('reads what the system’s tar writes', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'in', 'a.bin'), bytes(70_000));
    const path = join(folder, 'out.tar.gz');
    if (spawnSync('tar', ['czf', path, '-C', folder, 'in']).status !== 0)
      context.skip('there is no tar here');
    const files = await readTarGz(path, () => true);
    expect([...files.keys()]).toEqual(['in/a.bin']);
    expect(Buffer.compare(files.get('in/a.bin') ?? new Uint8Array(), bytes(70_000))).toBe(0);
  });

  const whole = tarGz([['a', bytes(5000)]]);
  const tar = gunzipSync(whole);
  const flipped = Buffer.from(tar);
  flipped[3] = 0x41;
  const crc = Buffer.from(whole);
  crc[crc.length - 8] = (crc[crc.length - 8] ?? 0) ^ 1;
  it.each([
    ['cut in the compressed bytes', whole.subarray(0, whole.length - 20)],
    ['cut inside a file', gzipSync(tar.subarray(0, 3000))],
    ['cut before the end mark', gzipSync(tar.subarray(0, -1024))],
    ['with a damaged header', gzipSync(flipped)],
    ['with a wrong check sum of the whole', crc],
    ['of something else', gzipSync('a'.repeat(2000))],
    ['that is not compressed', tar],
    ['that is empty', new Uint8Array()],
  ])('refuses an archive %s', async (_, archive) => {
    await expect(read(archive)).rejects.toMatchObject({
      code: 'data/damaged',
      message: expect.stringContaining('archive.tar.gz is not a whole .tar.gz archive: '),
    });
  });

  it('refuses a file that is too large to be unpacked into memory, before it is', async () => {
    const archive = gzipSync(Buffer.concat([tarHeader('a', 8 ** 11 - 1), Buffer.alloc(1024)]));
    await expect(read(archive)).rejects.toMatchObject({
      code: 'input/invalid',
      message: 'a has 8,589,934,591 bytes, and a file in an archive may have at most 268,435,456',
      help: 'Unpack the archive, and name the folder.',
    });
  });

  it('refuses an archive that has a wanted file twice', async () => {
    const twice = tarGz([
      ['a', text('one')],
      ['b', text('two')],
      ['a', text('three')],
    ]);
    await expect(read(twice)).rejects.toMatchObject({ message: expect.stringContaining('it has a twice') });
    expect([...(await read(twice, (name) => name === 'b')).keys()]).toEqual(['b']);
  });

  it('gives the bytes that were put in, or an error, whatever byte of it is damaged', async () => {
    const path = join(await temporaryFolder(), 'archive.tar.gz');
    const sizes = [0, 40, 600];
    const original = tarGz(sizes.map((size) => [`folder/${size}`, bytes(size, size)]));
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const archive = Uint8Array.from(original);
        archive[at] = (archive[at] ?? 0) ^ flip;
        await writeFile(path, archive);
        const found = await readTarGz(path, () => true).catch((error: unknown) => {
          if (error instanceof NascentError && error.code === 'data/damaged') return undefined;
          throw error;
        });
        if (found === undefined) return;
        expect([...found].map(([name, data]) => [name, [...data]])).toEqual(
          sizes.map((size) => [`folder/${size}`, [...bytes(size, size)]]),
        );
      }),
      { numRuns: tries(500) },
    );
  });
});
