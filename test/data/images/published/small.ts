/** Releases of a few images in the format of the real ones, for servers of the test's own. */

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { writeManifest } from '../../../../src/data/images/published/manifest.ts';
import { valuesOf } from '../../../../src/data/images/published/release.ts';
import type { Digest, KeptFile, Release } from '../../../../src/data/images/published/release.ts';
import { sha256 } from '../../../../src/files/files.ts';
import { byteArray, matFile } from '../imagenet/mat-writer.ts';
import { tarGz } from '../../tar-writer.ts';

export interface Small {
  readonly release: Release;
  /** As they are kept, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** As they are published, by name. */
  readonly published: ReadonlyMap<string, Uint8Array>;
}

/** The images of a split are of each class in turn, so many of each. */
const ofEach = { train: 2, test: 1 } as const;

/** The value of image `image` of a split at `at`, `[channels, height, width]`. */
export function pixelAt(split: 'train' | 'test', image: number, at: number): number {
  return (image * 31 + at * 7 + (split === 'train' ? 0 : 5)) % 256;
}

/** @param mirror where the published files are to be had */
export function smallOf(real: Release, mirror: string): Small {
  const files = new Map<string, Uint8Array>();
  const kept = real.files.map((file): KeptFile => {
    const records = real.classes.length * ofEach[file.split];
    const bytes = bytesOf(real, { ...file, records });
    files.set(file.name, bytes);
    return { ...file, records, digest: digestOf(file.digest.algorithm, bytes) };
  });
  const published = publish(real, files);
  // As many of each class.
  const { perClass: _, ...even } = real;
  const release: Release = {
    ...even,
    mean: meanOf(real),
    files: kept,
    mirrors: [mirror],
    published: [...published].map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      md5: digestOf('md5', bytes).hex,
    })),
    ...(real.npm !== undefined && { npm: { ...real.npm, spec: 'small@1.0.0', bytes: 1000 } }),
  };
  return { release, files, published };
}

/** Writes a small release into a cache, with a manifest, by which it passes for the real one. */
export async function intoCache(cache: string, real: Release): Promise<void> {
  const { release, files } = smallOf(real, '');
  const directory = join(cache, 'data', real.name);
  await mkdir(directory, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(directory, name), bytes);
  await writeManifest(directory, release, {
    name: `${real.name}-fixture`,
    source: 'a test',
    files: release.files.map((file) => ({
      ...file,
      digest: { algorithm: 'sha256', hex: sha256(files.get(file.name) ?? new Uint8Array()) },
    })),
  });
}

export function digestOf(algorithm: Digest['algorithm'], bytes: Uint8Array): Digest {
  return { algorithm, hex: createHash(algorithm).update(bytes).digest('hex') };
}

function bytesOf(real: Release, file: KeptFile): Uint8Array {
  if (file.holds !== undefined) return idxFile(real, file);
  return file.name.endsWith('.mat') ? svhnFile(real, file) : cifarFile(real, file);
}

/** Column by column, and with 10 for the digit 0. */
function svhnFile(real: Release, { split, records }: KeptFile): Uint8Array {
  const { side, channels } = real;
  const values = valuesOf(real);
  const turned = new Uint8Array(records * values);
  for (let image = 0; image < records; image++) {
    const own = pixels(real, split, image);
    for (let at = 0; at < values; at++) {
      const [plane, y, x] = [Math.floor(at / side / side), Math.floor(at / side) % side, at % side];
      turned[((image * channels + plane) * side + x) * side + y] = own[at] ?? 0;
    }
  }
  const labels = Uint8Array.from({ length: records }, (_, image) => image % 10 || 10);
  return matFile([
    byteArray('X', [side, side, channels, records], turned),
    byteArray('y', [records, 1], labels),
  ]);
}

function pixels(real: Release, split: 'train' | 'test', image: number): Uint8Array {
  return Uint8Array.from({ length: valuesOf(real) }, (_, at) => pixelAt(split, image, at));
}

/** With a coarse class before the fine one where the real file has one. */
function cifarFile(real: Release, { split, records, ...file }: KeptFile): Uint8Array {
  const coarse = (real.format.bytesOf({ ...file, split, records: 1 }) ?? 0) === valuesOf(real) + 2;
  const all = Array.from({ length: records }, (_, image) => {
    const label = image % real.classes.length;
    return Buffer.from([...(coarse ? [label % 20] : []), label, ...pixels(real, split, image)]);
  });
  return Buffer.concat(all);
}

function idxFile(real: Release, { name, split, records, holds }: KeptFile): Uint8Array {
  const extents = holds === 'images' ? [records, real.side, real.side] : [records];
  const header = Buffer.alloc(4 + 4 * extents.length);
  header.writeUInt32BE(0x0800 + extents.length, 0);
  for (const [i, extent] of extents.entries()) header.writeUInt32BE(extent, 4 + 4 * i);
  const values = Array.from({ length: records }, (_, image) =>
    holds === 'images' ? pixels(real, split, image) : Uint8Array.of(image % real.classes.length),
  );
  const bytes = Buffer.concat([header, ...values]);
  return name.endsWith('.gz') ? gzipSync(bytes) : bytes;
}

/** Packed as the real one is: all in an archive, or each by itself. */
function publish(
  { published, folders }: Release,
  files: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  const [first] = published;
  if (published.length === 1 && first !== undefined) {
    return new Map([
      [first.name, tarGz([...files].map(([name, bytes]) => [`${folders[0]}/${name}`, bytes]))],
    ]);
  }
  return new Map(
    published.map(({ name }) => {
      const unpacked = files.get(name.replace(/\.gz$/, ''));
      return [name, unpacked === undefined ? (files.get(name) ?? new Uint8Array()) : gzipSync(unpacked)];
    }),
  );
}

function meanOf(real: Release): Release['mean'] {
  const { channels, side, classes } = real;
  const plane = side * side;
  const images = classes.length * ofEach.train;
  const of = (channel: number) => {
    let sum = 0;
    for (let image = 0; image < images; image++) {
      for (let at = 0; at < plane; at++) sum += pixelAt('train', image, channel * plane + at);
    }
    return sum / images / plane / 255;
  };
  return channels === 1 ? [of(0)] : [of(0), of(1), of(2)];
}
