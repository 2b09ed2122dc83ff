/**
 * The IDX format of MNIST and of those made like it: a magic number that says type and dimensions, the extents, then the
 * values; numbers big-endian. Images and labels are in files of their own. http://yann.lecun.com/exdb/mnist/
 */

import { gunzipSync } from 'node:zlib';

import type { Format, KeptFile } from './release.ts';

/** Two zero bytes, 8 for unsigned bytes, and the number of dimensions. */
const magic = { images: 0x0803, labels: 0x0801 } as const;

/** @param side height and width of an image */
export function idx(side: number): Format {
  const layout = ({ holds = 'images', records }: KeptFile) => {
    const extents = holds === 'images' ? [records, side, side] : [records];
    const header = 4 + 4 * extents.length;
    return { holds, extents, header, bytes: header + extents.reduce((product, each) => product * each, 1) };
  };
  return {
    // How small gzip makes a file is known from its digest alone.
    bytesOf: (file) => (isGzipName(file.name) ? undefined : layout(file).bytes),
    decode(given, file, first, into) {
      const { holds, extents, header, bytes: length } = layout(file);
      const bytes = isGzipName(file.name) ? gunzipped(given, length) : given;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (bytes.length < header) throw new Error(`it ends after ${bytes.length} bytes`);
      if (view.getUint32(0) !== magic[holds]) {
        const found = view.getUint32(0).toString(16).padStart(8, '0');
        throw new Error(
          `it begins with ${found}, and a file of ${holds} with ${magic[holds].toString(16).padStart(8, '0')}`,
        );
      }
      const said = extents.map((_, i) => view.getUint32(4 + 4 * i));
      if (said.join() !== extents.join()) {
        throw new Error(`it says that it is ${said.join('×')}, and should be ${extents.join('×')}`);
      }
      if (bytes.length !== length) throw new Error(`it has ${bytes.length} bytes and should have ${length}`);
      const values = bytes.subarray(header);
      if (holds === 'images') into.pixels.set(values, first * side * side);
      else into.labels.set(values, first);
    },
  };
}

export function isGzipName(name: string): boolean {
  return name.endsWith('.gz');
}

/** Of a damaged file no more is inflated than it should be, which may be without end. @throws Error */
export function gunzipped(bytes: Uint8Array, most: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: most + 1 });
  } catch (cause) {
    const why = cause instanceof RangeError ? `has more than ${most} bytes unpacked` : 'cannot be unpacked';
    throw new Error(`it ${why}`, { cause });
  }
}
