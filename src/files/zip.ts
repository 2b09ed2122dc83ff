/**
 * A reader of zip archives, as much of the format as archives of text and images use: entries stored or deflated, any
 * number of them, no encryption, no more than 4 GB. Nothing is written to the disk; names are looked up, never followed.
 *
 * What is read is proven: by its CRC-32 and size, and by the two descriptions that the format has of everything. The list
 * at the end, which counts, must agree with the header before each entry, must have as many entries as the end record says,
 * and must lie right before that record; so no damaged byte can rename, lose or change a file without a word.
 *
 * The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */

import { readFile } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';

import { NascentError } from '../errors.ts';
import { assertEntrySize } from './entry-size.ts';

const endSignature = 0x06054b50;
const endSize = 22;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const localSize = 30;
/** Of zip64, which archives of more than 65,534 files have: a second end record, and the locator that says where. */
const locatorSignature = 0x07064b50;
const locatorSize = 20;
const wideEndSignature = 0x06064b50;
/** How many entries the first end record can count; without a second one, writers that have more count on from 0. */
const mostCounted = 0x1_0000;

/** Bits of the flags that say how to read an entry. */
const encrypted = 1;
/** The sizes and the check sum stand behind the data, and may be 0 in the header before it. */
const sizesBehind = 8;

/** What the list at the end says of a file. */
interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
}

/** Where the list of files is, and where it has to end. */
interface Listing {
  /** Where there is no second end record, of a multiple of 65,536 more. */
  readonly count: number;
  readonly isWide: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * The files of the zip archive at `path` for which `wanted` holds, by name.
 *
 * @throws NascentError `data/damaged` where the archive is not one, is cut short, or holds other bytes than were put in;
 *   `input/invalid` where a file in it is too large
 */
export async function readZip(
  path: string,
  wanted: (name: string) => boolean,
  signal?: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const [name, bytes] of zipEntries(path, wanted, signal)) files.set(name, bytes);
  return files;
}

/**
 * The files of the zip archive at `path` for which `wanted` holds, one after the other. That the archive is whole is known
 * when the last was given.
 *
 * @throws NascentError as `readZip`
 */
export async function* zipEntries(
  path: string,
  wanted: (name: string) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<readonly [name: string, bytes: Uint8Array]> {
  const bytes = await readFile(path, { signal });
  const entries = entriesOf(bytes, wanted);
  for (;;) {
    const next = proven(path, () => entries.next());
    if (next.done === true) return;
    yield next.value;
  }
}

function proven<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof NascentError) throw cause;
    const why = cause instanceof RangeError ? 'it is cut short' : cause instanceof Error ? cause.message : '';
    throw new NascentError('data/damaged', `${path} is not a whole zip archive: ${why}`, {
      help: 'Delete it and fetch it again.',
      cause,
    });
  }
}

function* entriesOf(
  bytes: Buffer,
  wanted: (name: string) => boolean,
): Generator<readonly [string, Uint8Array], undefined> {
  const seen = new Set<string>();
  const { count, start, end, isWide } = findListing(bytes);
  let at = start;
  let entries = 0;
  for (; at < end; entries++) {
    if (bytes.readUInt32LE(at) !== entrySignature) throw new Error('its list of files is damaged');
    const nameLength = bytes.readUInt16LE(at + 28);
    const entry: Entry = {
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
    };
    // An entry that is not wanted, too: its damaged name may be one that is.
    const data = packedData(bytes.subarray(0, start), bytes.readUInt32LE(at + 42), entry);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (!wanted(entry.name) || entry.name.endsWith('/')) continue;
    if (seen.has(entry.name)) throw new Error(`it has ${entry.name} twice`);
    seen.add(entry.name);
    yield [entry.name, unpack(data, entry)];
  }
  const isCounted = isWide ? entries === count : entries % mostCounted === count;
  if (at !== end || !isCounted) throw new Error('its list of files is damaged');
}

/** The end record is the last thing in the archive but for a comment of at most 65,535 bytes. */
function findListing(bytes: Buffer): Listing {
  for (let at = bytes.length - endSize; at >= Math.max(0, bytes.length - endSize - 0xffff); at--) {
    if (bytes.readUInt32LE(at) !== endSignature) continue;
    const [count, all] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10)];
    const [size, start] = [bytes.readUInt32LE(at + 12), bytes.readUInt32LE(at + 16)];
    const wide = wideListing(bytes, at);
    if (wide !== undefined) return wide;
    if (count !== all || start + size !== at) throw new Error('its list of files is damaged');
    return { count, start, end: at, isWide: false };
  }
  throw new Error('it has no list of files at its end');
}

/** By the second end record, where a locator right before the first says that there is one. */
function wideListing(bytes: Buffer, firstEnd: number): Listing | undefined {
  const locator = firstEnd - locatorSize;
  if (locator < 0 || bytes.readUInt32LE(locator) !== locatorSignature) return undefined;
  const number = (at: number) => Number(bytes.readBigUInt64LE(at));
  const end = number(locator + 8);
  if (end > locator - 56 || bytes.readUInt32LE(end) !== wideEndSignature) {
    throw new Error('its list of files is damaged');
  }
  const [count, all, size, start] = [number(end + 24), number(end + 32), number(end + 40), number(end + 48)];
  if (count !== all || start + size !== end) throw new Error('its list of files is damaged');
  return { count, start, end, isWide: true };
}

/** The bytes of an entry as they lie in the archive, once the header before them agrees with the list. */
function packedData(bytes: Buffer, at: number, entry: Entry): Buffer {
  const { name, flags, packed } = entry;
  if (at + localSize > bytes.length || bytes.readUInt32LE(at) !== localSignature) {
    throw new Error(`${name} is not where the list says`);
  }
  const nameEnd = at + localSize + bytes.readUInt16LE(at + 26);
  const read = (offset: number) => bytes.readUInt32LE(at + offset);
  const how = flags & (encrypted | sizesBehind);
  const agrees =
    bytes.toString('utf8', at + localSize, nameEnd) === name &&
    (bytes.readUInt16LE(at + 6) & (encrypted | sizesBehind)) === how &&
    bytes.readUInt16LE(at + 8) === entry.method &&
    ((flags & sizesBehind) !== 0 ||
      (read(14) === entry.crc && read(18) === packed && read(22) === entry.size));
  if (!agrees) throw new Error(`its list of files and the header of ${name} differ`);
  const start = nameEnd + bytes.readUInt16LE(at + 28);
  if (start + packed > bytes.length) throw new Error(`${name} is cut short`);
  return bytes.subarray(start, start + packed);
}

function unpack(data: Buffer, { name, flags, method, crc, size }: Entry): Uint8Array {
  if ((flags & encrypted) !== 0) throw new Error(`${name} is encrypted`);
  assertEntrySize(name, size);
  if (method !== 0 && method !== 8) {
    throw new Error(`${name} is packed in a way that is not known (${method})`);
  }
  const text = method === 0 ? data : inflate(name, data, size);
  if (text.length !== size) throw new Error(`${name} has ${text.length} bytes and should have ${size}`);
  const sum = crc32(text);
  if (sum !== crc) throw new Error(`the CRC-32 of ${name} is ${hex(sum)} and should be ${hex(crc)}`);
  return text;
}

/** Of a damaged archive no more is inflated than it should be, which may be without end. */
function inflate(name: string, data: Buffer, size: number): Buffer {
  try {
    return inflateRawSync(data, { maxOutputLength: size + 1 });
  } catch (cause) {
    const why =
      cause instanceof RangeError ? `has more than the ${size} bytes` : 'cannot be inflated to the bytes';
    throw new Error(`${name} ${why} that it should have`, { cause });
  }
}

const hex = (value: number) => value.toString(16).padStart(8, '0');
