/** The fixture as a release that can be had from servers of the test's own, so that getting it needs no network. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import { readManifest } from '../../../../src/data/images/published/manifest.ts';
import type { Release } from '../../../../src/data/images/published/release.ts';
import { cifar10 } from '../../../../src/data/images/published/releases/cifar10.ts';
import { tarGz } from '../../tar-writer.ts';

const recordBytes = 3073;

export const fixture = join(import.meta.dirname, '../../../../fixtures/cifar10');

export interface SmallRelease {
  readonly release: Release;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly archive: Uint8Array;
}

/** The fixture as a release whose archive is at `url`. */
export async function smallRelease(url: string): Promise<SmallRelease> {
  const manifest = await readManifest(fixture, cifar10);
  if (manifest === undefined) throw new Error('the fixture has no manifest');
  const files = new Map<string, Uint8Array>();
  for (const { name } of manifest.files) files.set(name, await readFile(join(fixture, name)));
  const archive = tarGz([...files].map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes]));
  const release: Release = {
    ...cifar10,
    files: manifest.files,
    mean: trainMean(manifest.files, files),
    mirrors: [url.slice(0, url.lastIndexOf('/') + 1)],
    published: [
      {
        name: url.slice(url.lastIndexOf('/') + 1),
        bytes: archive.length,
        md5: createHash('md5').update(archive).digest('hex'),
      },
    ],
    npm: { ...cifar10.npm, spec: 'small@1.0.0', bytes: 1000 },
  };
  return { release, files, archive };
}

function trainMean(
  list: Release['files'],
  files: ReadonlyMap<string, Uint8Array>,
): readonly [number, number, number] {
  const mean = [0, 1, 2].map((channel) => {
    let [sum, n] = [0, 0];
    for (const { name, split } of list) {
      if (split === 'test') continue;
      files.get(name)?.forEach((byte, at) => {
        const inRecord = (at % recordBytes) - 1;
        if (inRecord >= 0 && Math.floor(inRecord / 1024) === channel) {
          sum += byte / 255;
          n += 1;
        }
      });
    }
    return sum / n;
  });
  return [mean[0] ?? 0, mean[1] ?? 0, mean[2] ?? 0];
}

/** The package as it is on npm: PNGs of one image a row, and lists of labels. */
export async function pngPackage({ release, files }: SmallRelease): Promise<Uint8Array> {
  const entries: [string, Uint8Array][] = [];
  const labels: Record<'train' | 'test', number[]> = { train: [], test: [] };
  for (const { name, split, records } of release.files) {
    const bytes = files.get(name) ?? new Uint8Array();
    const interleaved = new Uint8Array(records * 3072);
    for (let image = 0; image < records; image++) {
      labels[split].push(bytes[image * recordBytes] ?? 0);
      for (let pixel = 0; pixel < 1024; pixel++) {
        for (let channel = 0; channel < 3; channel++) {
          interleaved[(image * 1024 + pixel) * 3 + channel] =
            bytes[image * recordBytes + 1 + channel * 1024 + pixel] ?? 0;
        }
      }
    }
    const raw = { width: 1024, height: records, channels: 3 } as const;
    entries.push([
      `package/${name.replace('.bin', '.png')}`,
      await sharp(interleaved, { raw }).png().toBuffer(),
    ]);
  }
  entries.push(['package/index.bundle.js', Buffer.from('throw new Error("nobody runs this")')]);
  entries.push(['package/train_lables.json', Buffer.from(JSON.stringify(labels.train))]);
  entries.push(['package/test_lables.json', Buffer.from(JSON.stringify(labels.test))]);
  return tarGz(entries);
}
