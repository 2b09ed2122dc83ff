/** A published text in small, and the ways of bringing it. */

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

import { splits } from '../../../src/data/text/releases.ts';
import type { Split, TextRelease, TextSource } from '../../../src/data/text/releases.ts';

export const texts: { readonly [S in Split]: string } = {
  train: ' the cat sat \n\n the dog sat \n the cat ran \n the dog ran to the mat \n a dog sat \n',
  valid: 'the cat sat\na dog ran\n\nthe mat sat\n',
  test: 'the mouse ran\nto the mat\n',
};

/** Counted by hand, one `<eos>` a line. */
const tokens: { readonly [S in Split]: number } = { train: 24, valid: 13, test: 8 };

/** Published as `small.{train,valid,test}.txt`. */
export function smallRelease(...sources: readonly TextSource[]): TextRelease {
  return {
    name: 'small',
    title: 'Small Text',
    files: splits.map((split) => ({
      split,
      names: [`small.${split}.txt`, `${split}.txt`],
      expected: {
        tokens: tokens[split],
        algorithm: 'md5',
        digest: createHash('md5').update(texts[split]).digest('hex'),
      },
    })),
    vocabulary: 10,
    folders: ['small/data'],
    sources,
  };
}

/** Writes files, folders included. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return folder;
}

/** The three files of the small release, under its own names. */
export const smallFiles = Object.fromEntries(splits.map((split) => [`small.${split}.txt`, texts[split]]));

/** Files by name; as a list, a name may come twice. */
type Files = Readonly<Record<string, string | Uint8Array>> | Iterable<readonly [string, string | Uint8Array]>;

/** A zip archive; `stored` entries are not packed. */
/** @param wide with the second end record that counts more than 65,535 entries */
export function makeZip(files: Files, stored = false, wide = false): Buffer {
  const [locals, entries]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, content] of Symbol.iterator in files ? files : Object.entries(files)) {
    const data = Buffer.from(content);
    const packed = stored ? data : deflateRawSync(data);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, path, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    entries.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\0'), common, rest, path]));
    locals.push(local);
    at += local.length;
  }
  const list = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  const counted = wide ? 0xffff : entries.length % 65_536;
  end.writeUInt16LE(counted, 4);
  end.writeUInt16LE(counted, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  const second = wide ? wideEnd(entries.length, list.length, at) : Buffer.alloc(0);
  return Buffer.concat([...locals, list, second, Buffer.from('PK\u0005\u0006'), end]);
}

function wideEnd(count: number, size: number, start: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.write('PK\u0006\u0006');
  record.writeBigUInt64LE(44n, 4);
  for (const [i, value] of [count, count, size, start].entries())
    record.writeBigUInt64LE(BigInt(value), 24 + 8 * i);
  record.write('PK\u0006\u0007', 56);
  record.writeBigUInt64LE(BigInt(start + size), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
