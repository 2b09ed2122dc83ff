/** The server of one page, for this machine alone, below a path that nobody guesses. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageServer {
  /** Of the page; all that is served is beside it. */
  readonly url: string;
  /** Serves this under a name until it is taken back. */
  readonly serve: (name: string, body: Uint8Array | string) => void;
  readonly takeBack: (name: string) => void;
  /** What was posted under a name, once. */
  readonly posted: (name: string) => Uint8Array | undefined;
  readonly close: () => void;
}

const types: Readonly<Record<string, string>> = {
  '': 'text/html',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
};

export async function startPageServer(): Promise<PageServer> {
  const base = `/${randomUUID()}/`;
  const served = new Map<string, Uint8Array | string>();
  const posted = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    const name = url.startsWith(base) ? url.slice(base.length) : undefined;
    if (method === 'POST' && name !== undefined) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        posted.set(name, Buffer.concat(chunks));
        response.writeHead(204).end();
      });
      return;
    }
    const body = name === undefined ? undefined : served.get(name);
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    const ending = /\.(\w+)$/.exec(name ?? '')?.[1] ?? (name === '' ? '' : undefined);
    response.writeHead(200, {
      'content-type': types[ending ?? 'none'] ?? 'application/octet-stream',
      'cache-control': 'no-store',
    });
    response.end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    serve: (name, body) => void served.set(name, body),
    takeBack: (name) => void served.delete(name),
    posted(name) {
      const body = posted.get(name);
      posted.delete(name);
      return body;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
