/**
 * What image files say without being decoded: of what format each is, and which of two classes are the same file. It is
 * for folders that are not kept in memory: a file costs a short read, and eight bytes until all are read.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { ImageFolder } from '../imagenet/folder.ts';
import { isNamedAs } from './decode.ts';
import type { MisnamedImage } from './decode.ts';

/** Of each file's beginning so much is read: where sizes are equal, it tells nearly all images apart. */
const headBytes = 4096;
const atOnce = 64;

export interface Surveyed {
  readonly misnamed: readonly MisnamedImage[];
  /** Pairs of files of two classes that are equal byte for byte. */
  readonly inTwoClasses: readonly (readonly [first: string, second: string])[];
}

/** A file that cannot be read is passed over: it is told of when it is to be decoded. */
export async function surveyFiles(folder: ImageFolder): Promise<Surveyed> {
  const { directory, files, labels } = folder;
  const keys = new Float64Array(files.length).fill(-1);
  const misnamed: MisnamedImage[] = [];
  for (let start = 0; start < files.length; start += atOnce) {
    const heads = await Promise.all(
      files.slice(start, start + atOnce).map((file) => headOf(join(directory, file)).catch(() => undefined)),
    );
    for (const [at, head] of heads.entries()) {
      if (head === undefined) continue;
      const file = files[start + at] ?? '';
      keys[start + at] = head.key;
      if (head.format !== undefined && !isNamedAs(file, head.format)) {
        misnamed.push({ file, format: head.format });
      }
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (const group of alike(keys)) {
    if (new Set(group.map((index) => labels[index])).size > 1)
      pairs.push(...(await equalPairs(folder, group)));
  }
  pairs.sort((a, b) => a[1] - b[1]);
  return {
    misnamed,
    inTwoClasses: pairs.map(([first, second]) => [files[first] ?? '', files[second] ?? '']),
  };
}

interface Head {
  /** Of the size and the first bytes; equal for equal files. */
  readonly key: number;
  /** As sharp calls it; undefined for what is no image that is read. */
  readonly format: string | undefined;
}

async function headOf(path: string): Promise<Head> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    const key = createHash('sha256').update(`${size} `).update(head).digest().readUIntBE(0, 6);
    return { key, format: formatOf(head.toString('latin1', 0, 32)) };
  } finally {
    await file.close();
  }
}

/** By the first bytes that the formats prescribe. */
const beginnings: readonly (readonly [format: string, beginning: RegExp])[] = [
  ['jpeg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG\r\n/],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF[^]{4}WEBP/],
  ['tiff', /^(II[*+]\0|MM\0[*+])/],
  ['heif', /^[^]{4}ftyp(avi[fs]|mif1|msf1)/],
];

function formatOf(head: string): string | undefined {
  return beginnings.find(([, beginning]) => beginning.test(head))?.[0];
}

/** Indices of equal keys, where there are several; those of unread files, below zero, are no keys. */
function* alike(keys: Float64Array): Generator<readonly number[]> {
  const key = (index: number | undefined) => keys[index ?? -1] ?? -1;
  const order = Uint32Array.from(keys.keys()).sort((a, b) => key(a) - key(b) || a - b);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && key(order[end]) === key(order[start])) end++;
    if (end - start > 1 && key(order[start]) >= 0) yield [...order.subarray(start, end)];
  }
}

/** Of each content, the first file with every later one of another class. */
async function equalPairs(
  { directory, files, labels }: ImageFolder,
  group: readonly number[],
): Promise<readonly (readonly [number, number])[]> {
  const seen = new Map<string, number>();
  const pairs: (readonly [number, number])[] = [];
  for (const index of group) {
    const digest = await digestOf(join(directory, files[index] ?? '')).catch(() => undefined);
    if (digest === undefined) continue;
    const first = seen.get(digest);
    if (first === undefined) seen.set(digest, index);
    else if (labels[first] !== labels[index]) pairs.push([first, index]);
  }
  return pairs;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest('base64');
}
