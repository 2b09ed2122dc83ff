/**
 * As much of MATLAB's level 5 format as the files of this world take: numbers and texts, little-endian, deflated or not.
 * Nothing of a file is trusted: a size that goes beyond it, or inflates to more than it may, is an error.
 *
 * The format is described in MathWorks' "MAT-File Format".
 */

import { inflateSync } from 'node:zlib';

const elementTypes = { matrix: 14, compressed: 15 } as const;

/** Readers of a number at a byte, by the element type it is stored as, and its size. */
const numbers: Readonly<Record<number, readonly [number, (bytes: Buffer, at: number) => number]>> = {
  1: [1, (bytes, at) => bytes.readInt8(at)],
  2: [1, (bytes, at) => bytes.readUInt8(at)],
  3: [2, (bytes, at) => bytes.readInt16LE(at)],
  4: [2, (bytes, at) => bytes.readUInt16LE(at)],
  5: [4, (bytes, at) => bytes.readInt32LE(at)],
  6: [4, (bytes, at) => bytes.readUInt32LE(at)],
  7: [4, (bytes, at) => bytes.readFloatLE(at)],
  9: [8, (bytes, at) => bytes.readDoubleLE(at)],
  16: [1, (bytes, at) => bytes.readUInt8(at)], // Text in UTF-8; of ids and the like only ASCII.
};

const headerBytes = 128;
/** No matrix that is read here is larger; a damaged one could inflate without end. */
const mostInflated = 2 ** 28;

export interface MatElement {
  readonly type: number;
  readonly data: Buffer;
}

export interface Matrix {
  readonly name: string;
  /** What kind of array it is: 2 a struct, 4 characters, 6 double precision, 9 unsigned bytes. */
  readonly arrayClass: number;
  readonly dimensions: readonly number[];
  /** The elements after its name; of numbers one, which has them column by column: the first index is the fastest. */
  readonly contents: readonly MatElement[];
}

/** The matrices of a file, one after the other. @throws Error with what is wrong, in a few words */
export function* matrices(file: Buffer): Generator<Matrix> {
  if (file.length < headerBytes || file.toString('latin1', headerBytes - 2, headerBytes) !== 'IM') {
    throw new Error('it has another format');
  }
  for (const element of matElements(file.subarray(headerBytes))) {
    const matrix =
      element.type === elementTypes.compressed ? [...matElements(inflated(element.data))][0] : element;
    if (matrix?.type === elementTypes.matrix) yield matrixOf(matrix);
  }
}

function inflated(data: Buffer): Buffer {
  try {
    return inflateSync(data, { maxOutputLength: mostInflated, chunkSize: 1 << 20 });
  } catch (cause) {
    const why =
      cause instanceof RangeError ? `has more than ${mostInflated} bytes unpacked` : 'cannot be unpacked';
    throw new Error(`an array of it ${why}`, { cause });
  }
}

/** @throws Error where the element is no matrix */
export function matrixOf(element: MatElement | undefined): Matrix {
  if (element?.type !== elementTypes.matrix) throw new Error('it ends early');
  const [flags, dimensions, name, ...contents] = matElements(element.data);
  return {
    name: matText(name),
    arrayClass: flags?.data[0] ?? 0,
    dimensions: matValues(dimensions),
    contents,
  };
}

/** Elements one after the other, each behind a tag and, but for compressed ones, padded to 8 bytes. */
function* matElements(bytes: Buffer): Generator<MatElement> {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const word = bytes.readUInt32LE(at);
    // A tag whose upper half is not zero is a small one: size and type share a word, up to 4 bytes follow.
    const small = word >>> 16;
    const type = small === 0 ? word : word & 0xffff;
    const size = small === 0 ? bytes.readUInt32LE(at + 4) : small;
    const start = at + (small === 0 ? 8 : 4);
    if (start + size > bytes.length) throw new Error('it ends early');
    yield { type, data: bytes.subarray(start, start + size) };
    if (small !== 0) at += 8;
    else at = start + (type === elementTypes.compressed ? size : Math.ceil(size / 8) * 8);
  }
}

/** The numbers of an element; none where it holds something else. */
export function matValues(element: MatElement | undefined): number[] {
  const [size, read] = numbers[element?.type ?? 0] ?? [];
  if (element === undefined || size === undefined || read === undefined) return [];
  return Array.from({ length: Math.floor(element.data.length / size) }, (_, i) =>
    read(element.data, i * size),
  );
}

export function matText(element: MatElement | undefined, start = 0, length?: number): string {
  const codes = matValues(element).slice(start, length === undefined ? undefined : start + length);
  return String.fromCharCode(...codes).replaceAll('\0', '');
}
