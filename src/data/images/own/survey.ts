/**
 * What image files say without being decoded: of what format each is, and which of two classes, or of two splits, are the
 * same file. A file costs a short read, and eight bytes until all are read.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { ImageFolder } from '../imagenet/folder.ts';
import { isNamedAs } from './decode.ts';
import type { MisnamedImage, Twins } from './odd.ts';

/** Of each file's beginning so much is read: where sizes are equal, it tells nearly all images apart. */
const headBytes = 4096;
const atOnce = 64;

export interface Surveyed {
  readonly misnamed: readonly MisnamedImage[];
  /** Pairs of files that are equal byte for byte, each with the first of its content. */
  readonly twins: readonly Twins[];
}

/**
 * Of several folders together, which are splits of one set: paths are whole. Twins of one class and one split are not
 * told of. A file that cannot be read is passed over: it is told of when it is to be decoded.
 *
 * @param onProgress told how many files are read, of how many
 */
export async function surveyFiles(
  folders: readonly ImageFolder[],
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<Surveyed> {
  const total = folders.reduce((sum, { files }) => sum + files.length, 0);
  const fileAt = (index: number) => {
    let within = index;
    for (const [split, { directory, files, labels }] of folders.entries()) {
      if (within < files.length)
        return { path: join(directory, files[within] ?? ''), label: labels[within], split };
      within -= files.length;
    }
    throw new Error(`internal: file ${index} of ${total}`);
  };
  const keys = new Float64Array(total).fill(-1);
  const misnamed: MisnamedImage[] = [];
  for (let start = 0; start < total; start += atOnce) {
    const paths = Array.from({ length: Math.min(atOnce, total - start) }, (_, i) => fileAt(start + i).path);
    const heads = await Promise.all(paths.map((path) => headOf(path).catch(() => undefined)));
    for (const [at, head] of heads.entries()) {
      if (head === undefined) continue;
      const path = paths[at] ?? '';
      keys[start + at] = head.key;
      if (head.format !== undefined && !isNamedAs(path, head.format)) {
        misnamed.push({ path, format: head.format });
      }
    }
    onProgress(start + paths.length, total);
  }
  const pairs: (readonly [number, number])[] = [];
  for (const group of alike(keys)) {
    const places = new Set(group.map(fileAt).map(({ label, split }) => `${split} ${label}`));
    if (places.size > 1) pairs.push(...(await equalPairs(group, (index) => fileAt(index).path)));
  }
  pairs.sort((a, b) => a[1] - b[1]);
  const twins = pairs.map(([a, b]): Twins => {
    const [first, second] = [fileAt(a), fileAt(b)];
    return {
      first: first.path,
      second: second.path,
      inTwoClasses: first.label !== second.label,
      inTwoSplits: first.split !== second.split,
    };
  });
  return { misnamed, twins: twins.filter(({ inTwoClasses, inTwoSplits }) => inTwoClasses || inTwoSplits) };
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

/** Of each content, the first file with every later one. */
async function equalPairs(
  group: readonly number[],
  pathOf: (index: number) => string,
): Promise<readonly (readonly [number, number])[]> {
  const seen = new Map<string, number>();
  const pairs: (readonly [number, number])[] = [];
  for (const index of group) {
    const digest = await digestOf(pathOf(index)).catch(() => undefined);
    if (digest === undefined) continue;
    const first = seen.get(digest);
    if (first === undefined) seen.set(digest, index);
    else pairs.push([first, index]);
  }
  return pairs;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest('base64');
}
