/** What is wrong with bytes that should be UTF-8 text, where it is, and how they become it. */

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
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return { why: 'begins with the mark of UTF-16', likely: 'UTF-16' };
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

/** Whether bytes are UTF-8, the last character perhaps not finished. */
function mayGoOn(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Names the first byte that no character can have there. */
function whereIn(line: Uint8Array, number: number): string {
  let [good, bad] = [0, line.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (mayGoOn(line.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  // What came before may be the beginning of a character that was never finished.
  let begun = good;
  while (begun > 0 && !isUtf8(line.subarray(0, begun))) begun--;
  const before = new TextDecoder().decode(line.subarray(0, begun)).slice(-shownBefore);
  const byte = (line[begun] ?? 0).toString(16).padStart(2, '0');
  return `has a byte in line ${number} that is not UTF-8: 0x${byte} ${before === '' ? 'at its beginning' : `after "${before}"`}`;
}

/** Latin-1 has control characters where Windows has quotes and dashes, and nobody writes those. */
function eightBit(bytes: Uint8Array): string {
  return bytes.some((byte) => byte >= 0x80 && byte < 0xa0) ? 'WINDOWS-1252' : 'ISO-8859-1';
}
