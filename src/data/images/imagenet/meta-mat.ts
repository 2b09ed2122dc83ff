/**
 * Reads `meta.mat` of the ILSVRC2012 development kit, which alone there says which class each id is.
 *
 * Only as much of MATLAB's level 5 format as that file takes: a struct array `synsets` of numbers and texts,
 * little-endian, deflated or not. The format is described in MathWorks' "MAT-File Format".
 */

import { inflateSync } from 'node:zlib';

import { NascentError, messageOf } from '../../../errors.ts';

const elementTypes = { matrix: 14, compressed: 15 } as const;
const arrayClasses = { struct: 2, char: 4 } as const;

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

/**
 * The class of each id, for the synsets that are classes: those with none below them.
 *
 * @throws NascentError 'data/damaged' where the bytes are not such a file
 */
export function synsetsOfMeta(bytes: Buffer, path: string): ReadonlyMap<number, string> {
  try {
    const classes = new Map<number, string>();
    for (const synset of synsetRecords(bytes)) {
      const id = Number(synset['ILSVRC2012_ID']);
      const name = synset['WNID'];
      if (!Number.isInteger(id) || typeof name !== 'string') throw new Error('a synset lacks its id');
      if (synset['num_children'] === 0) classes.set(id, name);
    }
    if (classes.size === 0) throw new Error('it lists no classes');
    return classes;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new NascentError('data/damaged', `${path} is not the development kit's meta.mat: ${reason}`, {
      help: 'Unpack it again from ILSVRC2012_devkit_t12.tar.gz.',
      cause,
    });
  }
}

type Value = number | string | undefined;

function synsetRecords(file: Buffer): Readonly<Record<string, Value>>[] {
  if (file.length < 128 || file.toString('latin1', 126, 128) !== 'IM')
    throw new Error('it has another format');
  for (const element of elements(file.subarray(128))) {
    const matrix =
      element.type === elementTypes.compressed ? [...elements(inflateSync(element.data))][0] : element;
    if (matrix?.type !== elementTypes.matrix) continue;
    const [flags, dimensions, name, nameLength, names, ...fields] = elements(matrix.data);
    if (text(name) !== 'synsets' || flags?.data[0] !== arrayClasses.struct) continue;
    const count = values(dimensions).reduce((product, length) => product * length, 1);
    const stride = values(nameLength)[0] ?? 0;
    const keys = Array.from({ length: (names?.data.length ?? 0) / stride }, (_, i) =>
      text(names, i * stride, stride),
    );
    return Array.from({ length: count }, (_, i) =>
      Object.fromEntries(keys.map((key, k) => [key, valueOf(fields[i * keys.length + k])])),
    );
  }
  throw new Error('it has no synsets');
}

/** A number or a text; of anything else nothing. */
function valueOf(field: Element | undefined): Value {
  if (field?.type !== elementTypes.matrix) throw new Error('it ends early');
  const [flags, , , content] = elements(field.data);
  if (flags?.data[0] === arrayClasses.char) return text(content);
  const found = content === undefined ? [] : values(content);
  return found.length === 1 ? found[0] : undefined;
}

interface Element {
  readonly type: number;
  readonly data: Buffer;
}

/** Elements one after the other, each behind a tag and, but for compressed ones, padded to 8 bytes. */
function* elements(bytes: Buffer): Generator<Element> {
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

function values(element: Element | undefined): number[] {
  const [size, read] = numbers[element?.type ?? 0] ?? [];
  if (element === undefined || size === undefined || read === undefined) return [];
  return Array.from({ length: element.data.length / size }, (_, i) => read(element.data, i * size));
}

function text(element: Element | undefined, start = 0, length?: number): string {
  const codes = values(element).slice(start, length === undefined ? undefined : start + length);
  return String.fromCharCode(...codes).replaceAll('\0', '');
}
