/**
 * Fetching one large file over HTTP so that nothing fetched is fetched twice: what has arrived stays in a `.part` file,
 * and the next attempt, in this process or in a later one, asks for the rest only.
 *
 * Whether the bytes are the right ones is the caller's to say; here they are only as many as the server promised.
 */

import { messageOf } from '../errors.ts';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import { diskError } from './files.ts';

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece with the bytes on disk and the bytes in all (0 while unknown). */
  readonly onBytes?: ((done: number, total: number) => void) | undefined;
  /** How often a broken connection is taken up again before giving up. Default 3. */
  readonly retries?: number;
  /** A connection silent for this long is broken. Default 30 s. */
  readonly stallMs?: number;
}

/** The server could not be reached, answered with something else than the file, or broke off too often. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  /** Asking again will not change the answer. */
  readonly final: boolean;

  constructor(message: string, options: { readonly final?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.final = options.final ?? false;
  }
}

/**
 * Downloads `url` to `path`. On failure or abort the `.part` file stays and is taken up next time, except where the disk
 * is full: then it goes, since it would only be in the way.
 *
 * @throws DownloadError, or NascentError `disk/full` / `disk/failed`, or the abort's error
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${path}.part`;
  let retriesLeft = options.retries ?? 3;
  for (;;) {
    const before = await sizeOf(part);
    try {
      await fetchRest(url, part, before, options);
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof DownloadError)) {
        await rm(part, { force: true });
        throw diskError(error, part, before);
      }
      // As long as each attempt brings something, the connection is bad but the download gets there.
      if ((await sizeOf(part)) <= before) retriesLeft -= 1;
      if (error.final || retriesLeft < 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  await rename(part, path);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** One request for everything from byte `have` on, appended to `part`. */
async function fetchRest(url: string, part: string, have: number, options: DownloadOptions): Promise<void> {
  const stalled = new AbortController();
  const signals = options.signal === undefined ? [stalled.signal] : [stalled.signal, options.signal];
  const stallMs = options.stallMs ?? 30_000;
  const timer = setTimeout(() => stalled.abort(), stallMs);
  let file: FileHandle | undefined;
  try {
    const response = await network(
      fetch(url, {
        signal: AbortSignal.any(signals),
        headers:
          have > 0
            ? { range: `bytes=${have}-`, 'accept-encoding': 'identity' }
            : { 'accept-encoding': 'identity' },
      }),
    );
    const resumed = response.status === 206 && startOfRange(response) === have;
    if (response.status === 416 || (response.status === 206 && !resumed)) {
      // The server has fewer bytes than we do, or another part: what we have is of no use.
      await rm(part, { force: true });
      throw new DownloadError(`${url} cannot be continued from byte ${have}`);
    }
    if (response.status !== 200 && !resumed) {
      throw new DownloadError(`${url} answered ${response.status} ${response.statusText}`.trim(), {
        final: response.status < 500 && response.status !== 429,
      });
    }
    if (response.body === null) throw new DownloadError(`${url} answered without a body`);
    const start = resumed ? have : 0;
    const length = Number(response.headers.get('content-length') ?? 0);
    const total = length > 0 ? start + length : 0;

    file = await open(part, resumed ? 'a' : 'w');
    let done = start;
    options.onBytes?.(done, total);
    const reader = response.body.getReader();
    for (;;) {
      const piece = await network(reader.read());
      if (piece.done) break;
      timer.refresh();
      await file.writeFile(piece.value);
      done += piece.value.length;
      options.onBytes?.(done, total);
    }
    if (total > 0 && done !== total)
      throw new DownloadError(`${url} broke off after ${done} of ${total} bytes`);
    await file.sync();
  } catch (error) {
    if (stalled.signal.aborted) throw new DownloadError(`${url} was silent for ${stallMs / 1000} s`);
    throw error;
  } finally {
    clearTimeout(timer);
    await file?.close();
  }
}

/** Where a 206 answer starts. */
function startOfRange(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
}

/** Tells a failing network, which is worth another try, from a failing disk, which is not. */
async function network<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    // fetch says only "fetch failed"; the reason that helps is its cause.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new DownloadError(messageOf(cause), { cause: error });
  }
}
