/**
 * The format of SVHN: a MATLAB file with `X`, unsigned bytes `[32, 32, 3, N]` column by column, and `y`, a label for each
 * image from 1 to 10, where 10 is the digit 0. http://ufldl.stanford.edu/housenumbers/
 */

import { matValues, matrices } from '../../../files/mat.ts';
import type { Matrix } from '../../../files/mat.ts';
import type { Format } from './release.ts';

const channels = 3;
const unsignedBytes = 2;

/** @param side height and width of an image */
export function mat(side: number): Format {
  const plane = side * side;
  return {
    // How small it is deflated is known from its digest alone.
    bytesOf: () => undefined,
    decode(bytes, { records }, first, into) {
      const found = new Map<string, Matrix>();
      for (const matrix of matrices(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
        if (matrix.name === 'X' || matrix.name === 'y') found.set(matrix.name, matrix);
      }
      const images = arrayOf(found, 'X', [side, side, channels, records]);
      if (images.type !== unsignedBytes || images.data.length !== records * channels * plane) {
        throw new Error('its X is not of unsigned bytes');
      }
      const labels = matValues(arrayOf(found, 'y', [records, 1]));
      if (labels.length !== records)
        throw new Error(`its y has ${labels.length} labels for ${records} images`);
      for (const [i, label] of labels.entries()) {
        if (!Number.isInteger(label) || label < 1 || label > 10)
          throw new Error(`it holds the label ${label}`);
        into.labels[first + i] = label % 10;
      }
      // Of each plane the rows are the columns there.
      for (let start = 0; start < images.data.length; start += plane) {
        const to = first * channels * plane + start;
        for (let x = 0; x < side; x++) {
          for (let y = 0; y < side; y++) {
            into.pixels[to + y * side + x] = images.data[start + x * side + y] ?? 0;
          }
        }
      }
    },
  };
}

function arrayOf(found: ReadonlyMap<string, Matrix>, name: string, expected: readonly number[]) {
  const matrix = found.get(name);
  const [contents] = matrix?.contents ?? [];
  if (matrix === undefined || contents === undefined) throw new Error(`it has no array ${name}`);
  if (matrix.dimensions.join() !== expected.join()) {
    throw new Error(`its ${name} is ${matrix.dimensions.join('×')}, and should be ${expected.join('×')}`);
  }
  return contents;
}
