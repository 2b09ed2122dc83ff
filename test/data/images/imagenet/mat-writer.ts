/** Writes a `meta.mat` as the development kit has it: MATLAB level 5, one deflated struct array `synsets`. */

import { deflateSync } from 'node:zlib';

export interface Synset {
  readonly id: number;
  readonly name: string;
  readonly children: number;
}

export function metaMat(synsets: readonly Synset[], options: { readonly deflate?: boolean } = {}): Buffer {
  const keys = ['ILSVRC2012_ID', 'WNID', 'words', 'num_children', 'children'];
  const fields = synsets.flatMap(({ id, name, children }) => [
    numeric([id]),
    chars(name),
    chars(`${name} in words`),
    numeric([children]),
    numeric(Array.from({ length: children }, (_, i) => i + 1)),
  ]);
  const matrix = element(
    14,
    Buffer.concat([
      element(6, Buffer.from(Uint32Array.of(2, 0).buffer)),
      element(5, Buffer.from(Int32Array.of(synsets.length, 1).buffer)),
      element(1, Buffer.from('synsets')),
      element(5, Buffer.from(Int32Array.of(32).buffer)),
      element(1, Buffer.concat(keys.map((key) => Buffer.concat([Buffer.from(key)], 32)))),
      ...fields,
    ]),
  );
  return matFile([matrix], options);
}

/** A file of matrices, deflated as MATLAB writes them. */
export function matFile(matrices: readonly Buffer[], options: { readonly deflate?: boolean } = {}): Buffer {
  const header = Buffer.alloc(128, 0x20);
  header.write('MATLAB 5.0 MAT-file');
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126);
  return Buffer.concat([
    header,
    ...matrices.map((matrix) =>
      options.deflate === false ? matrix : element(15, deflateSync(matrix), false),
    ),
  ]);
}

/** An array of unsigned bytes, its values column by column. */
export function byteArray(name: string, dimensions: readonly number[], values: Uint8Array): Buffer {
  return array(9, dimensions, element(2, Buffer.from(values)), name);
}

function numeric(values: readonly number[]): Buffer {
  return array(6, [1, values.length], element(9, Buffer.from(Float64Array.from(values).buffer)));
}

function chars(text: string): Buffer {
  return array(4, [1, text.length], element(4, Buffer.from(text, 'utf16le')));
}

function array(arrayClass: number, dimensions: readonly number[], content: Buffer, name = ''): Buffer {
  return element(
    14,
    Buffer.concat([
      element(6, Buffer.from(Uint32Array.of(arrayClass, 0).buffer)),
      element(5, Buffer.from(Int32Array.from(dimensions).buffer)),
      element(1, Buffer.from(name)),
      content,
    ]),
  );
}

/** A tag and what it is of; four bytes or fewer share the tag's room, as MATLAB writes them. */
function element(type: number, data: Buffer, padded = true): Buffer {
  const tag = Buffer.alloc(8);
  if (padded && data.length > 0 && data.length <= 4) {
    tag.writeUInt16LE(type, 0);
    tag.writeUInt16LE(data.length, 2);
    data.copy(tag, 4);
    return tag;
  }
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data, Buffer.alloc(padded ? (8 - (data.length % 8)) % 8 : 0)]);
}
