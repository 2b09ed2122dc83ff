/**
 * A reader of tar archives, gzipped: as much of the format as the archives of this world use (ustar with prefix, GNU
 * long names, pax paths), and nothing that writes to the disk. An archive is foreign, so its names are looked up, never
 * followed. What is read is proven by gzip's own CRC-32 over the whole archive, which is why it is read to its end.
 *
 * The format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
 */

import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { NascentError, messageOf } from '../errors.ts';
import { assertEntrySize } from './entry-size.ts';

const blockSize = 512;

interface Header {
  readonly path: string;
  readonly size: number;
  readonly type: string;
}

/**
 * The regular files of the `.tar.gz` at `path` for which `wanted` holds, by name.
 *
 * All of them are in memory at once, and nothing else is: ask for what you need.
 *
 * @throws NascentError `data/damaged` where the archive is cut short or is not an archive; `input/invalid` where a file in
 *   it is too large
 */
export async function readTarGz(
  path: string,
  wanted: (name: string) => boolean,
  signal?: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: 1 << 20 }),
      createGunzip({ chunkSize: 1 << 20 }),
      async (chunks: AsyncIterable<Uint8Array>) => readEntries(chunks, wanted, files),
      signal === undefined ? {} : { signal },
    );
  } catch (cause) {
    if (signal?.aborted === true || cause instanceof NascentError) throw cause;
    throw damaged(path, messageOf(cause));
  }
  return files;
}

async function readEntries(
  chunks: AsyncIterable<Uint8Array>,
  wanted: (name: string) => boolean,
  files: Map<string, Uint8Array>,
): Promise<void> {
  const source = new ByteSource(chunks);
  let longName: string | undefined;
  for (;;) {
    const block = await source.take(blockSize);
    if (block.every((byte) => byte === 0)) break;
    const header = readHeader(block);
    const name = longName ?? header.path;
    const padded = Math.ceil(header.size / blockSize) * blockSize;
    if (header.type === 'L' || header.type === 'x') {
      const text = Buffer.from((await source.take(padded)).subarray(0, header.size)).toString('utf8');
      longName = header.type === 'L' ? text.replace(/\0+$/, '') : (paxPath(text) ?? longName);
      continue;
    }
    longName = undefined;
    if (header.type === '0' && wanted(name)) {
      if (files.has(name)) throw new Error(`it has ${name} twice`);
      assertEntrySize(name, header.size);
      files.set(name, (await source.take(padded)).subarray(0, header.size));
    } else {
      await source.skip(padded);
    }
  }
  // Reading on to the end lets zlib check the archive's own CRC.
  await source.drain();
}

function readHeader(block: Uint8Array): Header {
  const text = (start: number, length: number) => {
    const field = Buffer.from(block.buffer, block.byteOffset + start, length).toString('utf8');
    const end = field.indexOf('\0');
    return end < 0 ? field : field.slice(0, end);
  };
  const octal = (start: number, length: number) => {
    const digits = text(start, length).trim();
    if (!/^[0-7]+$/.test(digits)) throw new Error('a header holds no number where one must be');
    return Number.parseInt(digits, 8);
  };
  let sum = 0;
  for (let i = 0; i < blockSize; i++) sum += i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
  if (sum !== octal(148, 8)) throw new Error('a header does not add up to its checksum');
  const prefix = text(257, 5) === 'ustar' && text(263, 2) === '00' ? text(345, 155) : '';
  const type = text(156, 1);
  return {
    path: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size: octal(124, 12),
    type: type === '' ? '0' : type,
  };
}

/** The `path` record of a pax header: lines of `length key=value`. */
function paxPath(text: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(text)?.[1];
}

/** Bytes in pieces as they come, taken in pieces as they are wanted. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #current: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Makes `#current` hold at least one byte; false at the end. */
  async #fill(): Promise<boolean> {
    while (this.#current.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#current = next.value;
    }
    return true;
  }

  async #each(count: number, use: (piece: Uint8Array, at: number) => void): Promise<void> {
    let done = 0;
    while (done < count) {
      if (!(await this.#fill())) throw new Error('the archive is cut short');
      const piece = this.#current.subarray(0, count - done);
      use(piece, done);
      done += piece.length;
      this.#current = this.#current.subarray(piece.length);
    }
  }

  async take(count: number): Promise<Uint8Array> {
    assertEntrySize('a name', count);
    const out = new Uint8Array(count);
    await this.#each(count, (piece, at) => out.set(piece, at));
    return out;
  }

  async skip(count: number): Promise<void> {
    await this.#each(count, () => undefined);
  }

  async drain(): Promise<void> {
    while (await this.#fill()) this.#current = new Uint8Array(0);
  }
}

function damaged(path: string, why: string): NascentError {
  return new NascentError('data/damaged', `${path} is not a whole .tar.gz archive: ${why}`, {
    help: 'Delete it and fetch it again.',
  });
}
