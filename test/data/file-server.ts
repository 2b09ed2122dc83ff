/** Servers of the tests' own, so that getting a file needs no network. */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import type { OnProgress } from '../../src/files/progress.ts';

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
