/** A Tiny ImageNet of three classes, as it is published. */

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import sharp from 'sharp';

import { tinyImageNet } from '../../../../src/data/images/tiny-imagenet/release.ts';
import type { TinyRelease } from '../../../../src/data/images/tiny-imagenet/release.ts';
import { makeZip } from '../../text/release.ts';

/** Two cranes, a bird and a machine, of which the first word does not tell them apart. */
export const words =
  'n00000001\tentity\nn02012849\tcrane\nn01443537\tgoldfish, Carassius auratus\nn03126707\tcrane, derrick\n';
const ids = ['n03126707', 'n01443537', 'n02012849'];

export interface SmallTiny {
  readonly release: TinyRelease;
  /** By name, from where `train` lies. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly archive: Uint8Array;
}

/** @param mirror where the archive is to be had */
export async function smallTiny(mirror: string): Promise<SmallTiny> {
  const files = new Map<string, Uint8Array>();
  const annotations: string[] = [];
  for (const [k, id] of ids.entries()) {
    files.set(`train/${id}/${id}_boxes.txt`, Buffer.from('boxes'));
    for (let i = 0; i < 4; i++) files.set(`train/${id}/images/${id}_${i}.JPEG`, await jpeg(k, i));
    for (let i = 0; i < 2; i++) {
      const name = `val_${2 * k + i}.JPEG`;
      files.set(`val/images/${name}`, await jpeg(k, 4 + i));
      annotations.push(`${name}\t${id}\t0\t32\t44\t62\n`);
    }
  }
  files.set('val/val_annotations.txt', Buffer.from(annotations.join('')));
  files.set('words.txt', Buffer.from(words));
  files.set('test/images/test_0.JPEG', await jpeg(0, 9));
  const archive = zipOf(files);
  const release: TinyRelease = {
    ...tinyImageNet,
    classes: ids.length,
    perClass: { train: 4, test: 2 },
    mirror,
    archive: {
      ...tinyImageNet.archive,
      bytes: archive.length,
      md5: createHash('md5').update(archive).digest('hex'),
    },
  };
  return { release, files, archive };
}

export function zipOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return makeZip([...files].map(([name, bytes]) => [`tiny-imagenet-200/${name}`, bytes] as const));
}

export async function writeInto(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

/** Of class `k`: its own colour, a little lighter from image to image. */
async function jpeg(k: number, image: number): Promise<Buffer> {
  const colour = [0, 1, 2].map((channel) => (channel === k ? 200 + image : 40 + image));
  const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => colour[at % 3] ?? 0);
  return sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
}
