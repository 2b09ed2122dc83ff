/**
 * A reader of zip archives, as much of the format as archives of text use: entries stored or deflated, no encryption, no
 * more than 4 GB. Nothing is written to the disk; names are looked up, never followed.
 *
 * The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */

import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

import { NascentError } from '../errors.ts';

const endSignature = 0x06054b50;
const endSize = 22;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

/** A text larger than this is not one of ours; a damaged size field must not take all the memory there is. */
const largestEntry = 256 * 2 ** 20;

/**
 * The files of the zip archive at `path` for which `wanted` holds, by name.
 *
 * @throws NascentError `data/damaged` where the archive is cut short or is not an archive
 */
export async function readZip(
  path: string,
  wanted: (name: string) => boolean,
  signal?: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const bytes = await readFile(path, { signal });
  try {
    return readEntries(bytes, wanted);
  } catch (cause) {
    const why = cause instanceof RangeError ? 'it is cut short' : cause instanceof Error ? cause.message : '';
    throw new NascentError('data/damaged', `${path} is not a whole zip archive: ${why}.`, {
      help: 'Delete it and fetch it again.',
      cause,
    });
  }
}

/** By the list at the archive's end, which is the one that counts. */
function readEntries(bytes: Buffer, wanted: (name: string) => boolean): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (bytes.readUInt32LE(at) !== entrySignature) throw new Error('its list of files is damaged');
    const method = bytes.readUInt16LE(at + 10);
    const [packed, size] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted(name) && !name.endsWith('/')) {
      files.set(name, unpack(bytes, bytes.readUInt32LE(at + 42), { name, method, packed, size }));
    }
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

/** The end record is the last thing in the archive but for a comment of at most 65,535 bytes. */
function findEnd(bytes: Buffer): number {
  for (let at = bytes.length - endSize; at >= Math.max(0, bytes.length - endSize - 0xffff); at--) {
    if (bytes.readUInt32LE(at) === endSignature) return at;
  }
  throw new Error('it has no list of files at its end');
}

function unpack(
  bytes: Buffer,
  at: number,
  entry: { readonly name: string; readonly method: number; readonly packed: number; readonly size: number },
): Uint8Array {
  const { name, method, packed, size } = entry;
  if (bytes.readUInt32LE(at) !== localSignature) throw new Error(`${name} is not where the list says`);
  if (size > largestEntry) throw new Error(`${name} claims ${size} bytes`);
  const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  if (start + packed > bytes.length) throw new Error(`${name} is cut short`);
  const data = bytes.subarray(start, start + packed);
  if (method !== 0 && method !== 8)
    throw new Error(`${name} is packed in a way that is not known (${method})`);
  const text = method === 0 ? data : inflateRawSync(data, { maxOutputLength: largestEntry });
  if (text.length !== size) throw new Error(`${name} has ${text.length} bytes and should have ${size}`);
  return text;
}
