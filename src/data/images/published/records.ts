/**
 * The binary format of CIFAR: record after record, each its labels, a byte a label, and then three planes, red, green,
 * blue, each row by row. https://www.cs.toronto.edu/~kriz/cifar.html
 */

import type { Format } from './release.ts';

export const imageSide = 32;
export const pixelBytes = 3 * imageSide * imageSide;

/** @param labels of which the last is read: CIFAR-100 has the twenty coarse classes before the hundred fine ones */
export function cifarRecords({ labels }: { readonly labels: 1 | 2 }): Format {
  const recordBytes = labels + pixelBytes;
  return {
    bytesOf: ({ records }) => records * recordBytes,
    decode(bytes, { records }, first, into) {
      for (let i = 0; i < records; i++) {
        const start = i * recordBytes + labels;
        into.labels[first + i] = bytes[start - 1] ?? 0;
        into.pixels.set(bytes.subarray(start, start + pixelBytes), (first + i) * pixelBytes);
      }
    },
  };
}
