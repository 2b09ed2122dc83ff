import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { download } from '../../src/files/download.ts';
import { sendBytes, serve } from '../data/file-server.ts';
import { temporaryFolder } from '../data/temporary.ts';

const content = Uint8Array.from({ length: 40_000 }, (_, i) => (i * 7) % 256);

async function startServer(...args: Parameters<typeof serve>) {
  const server = await serve(...args);
  onTestFinished(server.close);
  return server;
}

describe('download', () => {
  it('puts the file there and says how far it is', async () => {
    const path = join(await temporaryFolder(), 'file');
    const server = await startServer((request, response) => sendBytes(request, response, content));
    const seen: [number, number][] = [];
    await download(server.url, path, { onBytes: (done, total) => seen.push([done, total]) });
    expect(Buffer.compare(await readFile(path), content)).toBe(0);
    expect(seen[0]).toEqual([0, content.length]);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
  });

  it('starts over where the server cannot continue', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(`${path}.part`, content.subarray(0, 1000));
    const server = await startServer((_, response) => response.end(content));
    await download(server.url, path);
    expect(server.ranges).toEqual(['bytes=1000-']);
    expect(Buffer.compare(await readFile(path), content)).toBe(0);
  });

  it('starts over where it has more than there is', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(`${path}.part`, new Uint8Array(50_000));
    const server = await startServer((request, response) => sendBytes(request, response, content));
    await download(server.url, path);
    expect(server.ranges).toEqual(['bytes=50000-', '']);
    expect(Buffer.compare(await readFile(path), content)).toBe(0);
  });

  it('does not ask twice for what is not there, and does ask again after a server’s trouble', async () => {
    const path = join(await temporaryFolder(), 'file');
    const missing = await startServer((_, response) => response.writeHead(404).end());
    await expect(download(missing.url, path)).rejects.toThrow(`${missing.url} answered 404`);
    expect(missing.ranges).toHaveLength(1);

    const busy = await startServer((request, response, number) =>
      number === 1 ? response.writeHead(503).end() : sendBytes(request, response, content),
    );
    await download(busy.url, path);
    expect(busy.ranges).toHaveLength(2);
  });

  it('gives up on a server that falls silent, and keeps what it has', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'file');
    const server = await startServer((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 5000));
    });
    await expect(download(server.url, path, { retries: 0, stallMs: 150 })).rejects.toThrow(
      'was silent for 0.15 s',
    );
    expect(await readdir(folder)).toEqual(['file.part']);
  });

  it('tells a disk that fails from a network that fails', async () => {
    const server = await startServer((request, response) => sendBytes(request, response, content));
    const nowhere = join(await temporaryFolder(), 'nowhere', 'file');
    await expect(download(server.url, nowhere)).rejects.toMatchObject({ code: 'disk/failed' });
  });
});
