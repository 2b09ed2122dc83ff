/** Bytes as UTF-8 text: UTF-16 with its mark is made so, and of what is not text it is said what is wrong, and where. */

import { isUtf8 } from 'node:buffer';

export interface NotUtf8 {
  /** To go after "it": the line, the byte, what stands before it. */
  readonly why: string;
  /** The encoding that it most likely has, by the name that iconv and Python know. */
  readonly likely: string;
}

/** The end of the line before a wrong byte that is shown. */
const shownBefore = 20;

/** Undefined where the bytes are UTF-8 text; the mark at the beginning that some editors write is let be. */
export function notUtf8(bytes: Uint8Array): NotUtf8 | undefined {
  const marked = markOf(bytes);
  if (marked !== undefined) {
    const { name, decoder } = marked;
    const line = decoder === undefined ? undefined : brokenLine(bytes, decoder);
    const broken = line === undefined ? '' : `, and has what is none in line ${line.toLocaleString('en-US')}`;
    return { why: `begins with the mark of ${name}${broken}`, likely: name };
  }
  if (isUtf8(bytes) && !bytes.includes(0)) return undefined;
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const lineFeed = bytes.indexOf(0x0a, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    const content = bytes.subarray(start, end);
    const zero = content.indexOf(0);
    // Every second byte of English in UTF-16 is 0, and a text in UTF-8 has none.
    if (zero >= 0)
      return { why: `has a zero byte in line ${line}`, likely: start + zero === 0 ? 'UTF-16BE' : 'UTF-16LE' };
    if (!isUtf8(content)) return { why: whereIn(content, line), likely: eightBit(bytes) };
    start = end + 1;
  }
  return undefined;
}

/** What a text of more than a byte a character begins with. The longer ones first: one begins with another. */
const marks = [
  { name: 'UTF-32', mark: [0xff, 0xfe, 0, 0], decoder: undefined },
  { name: 'UTF-32', mark: [0, 0, 0xfe, 0xff], decoder: undefined },
  { name: 'UTF-16', mark: [0xff, 0xfe], decoder: 'utf-16le' },
  { name: 'UTF-16', mark: [0xfe, 0xff], decoder: 'utf-16be' },
] as const;

function markOf(bytes: Uint8Array): (typeof marks)[number] | undefined {
  return marks.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte));
}

/** Bytes that are looked at at once: an even number, and little beside a long line. */
const pieceSize = 2 ** 20;

/**
 * Text that says by its mark that it is UTF-16, as Windows writes what it calls Unicode, in UTF-8; any other bytes as they
 * are, and of UTF-16 those that are not text, which `notUtf8` then says by their mark.
 */
export function withoutUtf16(bytes: Uint8Array): Uint8Array {
  const name = markOf(bytes)?.decoder;
  if (name === undefined) return bytes;
  const decoder = new TextDecoder(name, { fatal: true });
  const pieces: Buffer[] = [];
  try {
    for (let at = 0; at < bytes.length; at += pieceSize) {
      pieces.push(Buffer.from(decoder.decode(bytes.subarray(at, at + pieceSize), { stream: true })));
    }
    pieces.push(Buffer.from(decoder.decode()));
  } catch {
    return bytes;
  }
  return Buffer.concat(pieces);
}

/** The line of the first thing in UTF-16 that is no character: half of one, or half of a pair. */
function brokenLine(bytes: Uint8Array, name: 'utf-16le' | 'utf-16be'): number | undefined {
  const decoder = new TextDecoder(name);
  let line = 1;
  for (let at = 0; at < bytes.length; at += pieceSize) {
    const last = at + pieceSize >= bytes.length;
    const text = decoder.decode(bytes.subarray(at, at + pieceSize), { stream: !last });
    const broken = text.indexOf('\ufffd');
    line += text.slice(0, broken < 0 ? undefined : broken).split('\n').length - 1;
    if (broken >= 0) return line;
  }
  return undefined;
}

/** Whether bytes are UTF-8, the last character perhaps not finished. */
function mayGoOn(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** A line of so many bytes is not looked through by eye. */
const longLine = 1000;

/** Names the first byte that no character can have there. */
function whereIn(line: Uint8Array, number: number): string {
  const [start, end] = wrongPiece(line);
  const begun = start + firstWrong(line.subarray(start, end));
  // So many bytes hold as many characters, wherever they are cut.
  const near = new TextDecoder().decode(line.subarray(Math.max(0, begun - 4 * (shownBefore + 1)), begun));
  const before = Array.from(near).slice(-shownBefore).join('');
  const byte = (line[begun] ?? 0).toString(16).padStart(2, '0');
  const where = begun < longLine ? '' : ` (byte ${(begun + 1).toLocaleString('en-US')} of the line)`;
  return `has a byte in line ${number} that is not UTF-8: 0x${byte} ${before === '' ? 'at its beginning' : `after "${before}"`}${where}`;
}

/** Where a line that is not UTF-8 is wrong for the first time, so that a long one need not be decoded over and over. */
function wrongPiece(line: Uint8Array): readonly [start: number, end: number] {
  for (let start = 0; ;) {
    let end = Math.min(start + pieceSize, line.length);
    if (end === line.length) return [start, end];
    // To the beginning of a character, which has three more bytes at most.
    for (let back = 0; back < 3 && isWithin(line[end]); back++) end--;
    if (!isUtf8(line.subarray(start, end))) return [start, end];
    start = end;
  }
}

/** Whether a byte is a later one of a character. */
function isWithin(byte = 0): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/** The first byte of the first character that is none. */
function firstWrong(line: Uint8Array): number {
  let [good, bad] = [0, line.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (mayGoOn(line.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  // What came before may be the beginning of a character that was never finished.
  let begun = good;
  while (begun > 0 && !isUtf8(line.subarray(0, begun))) begun--;
  return begun;
}

/** Latin-1 has control characters where Windows has quotes and dashes, and nobody writes those. */
function eightBit(bytes: Uint8Array): string {
  return bytes.some((byte) => byte >= 0x80 && byte < 0xa0) ? 'WINDOWS-1252' : 'ISO-8859-1';
}
