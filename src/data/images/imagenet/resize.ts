/**
 * Bilinear resizing with antialiasing: each pixel of the result is a mean of the image's under a triangle, one pixel of
 * the larger of the two wide to either side. It is how Pillow does it, which published networks were trained and
 * measured with; sharp's own resizing is another where an image grows (half a pixel off) and where it shrinks by much.
 */

import type { Box } from './crop.ts';

/** `pixels` is `[height, width, 3]`, bytes. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Brings the part `from` of an image to the size `to`, and gives the part `window` of the result (default: all of it):
 * `[window.height, window.width, 3]`, in [0, 1].
 */
export function resize(image: RgbImage, from: Box, to: Size, window?: Box): Float32Array {
  const { left, top, width, height } = window ?? { left: 0, top: 0, ...to };
  const across = filter(from.width, to.width, left, width);
  const down = filter(from.height, to.height, top, height);

  // Rows that the result is made of, each already as wide as the result.
  const firstRow = down.starts[0] ?? 0;
  const endRow = (down.starts[height - 1] ?? 0) + (down.counts[height - 1] ?? 0);
  const rows = new Float32Array((endRow - firstRow) * width * 3);
  for (let y = firstRow; y < endRow; y++) {
    const source = ((from.top + y) * image.width + from.left) * 3;
    narrow(image.pixels, source, across, rows, (y - firstRow) * width * 3, width);
  }

  const out = new Float32Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    const to = y * width * 3;
    let source = ((down.starts[y] ?? 0) - firstRow) * width * 3;
    const first = (down.weights[y * down.taps] ?? 0) / 255;
    for (let i = 0; i < width * 3; i++) out[to + i] = first * (rows[source + i] ?? 0);
    for (let k = 1; k < (down.counts[y] ?? 0); k++) {
      source += width * 3;
      const weight = (down.weights[y * down.taps + k] ?? 0) / 255;
      for (let i = 0; i < width * 3; i++) out[to + i] = (out[to + i] ?? 0) + weight * (rows[source + i] ?? 0);
    }
  }
  return out;
}

/** One row of bytes from `source` on, to `width` pixels at `to`. */
function narrow(
  pixels: Uint8Array,
  source: number,
  filter: Filter,
  rows: Float32Array,
  to: number,
  width: number,
): void {
  const { starts, counts, weights, taps } = filter;
  for (let x = 0; x < width; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let at = source + 3 * (starts[x] ?? 0);
    const first = x * taps;
    const end = first + (counts[x] ?? 0);
    for (let k = first; k < end; k++, at += 3) {
      const weight = weights[k] ?? 0;
      red += weight * (pixels[at] ?? 0);
      green += weight * (pixels[at + 1] ?? 0);
      blue += weight * (pixels[at + 2] ?? 0);
    }
    rows[to + 3 * x] = red;
    rows[to + 3 * x + 1] = green;
    rows[to + 3 * x + 2] = blue;
  }
}

/** For each place of the result along one side, the places of the source and their weights, which add up to one. */
interface Filter {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `[places, taps]` */
  readonly weights: Float64Array;
  readonly taps: number;
}

/** Places `first` and on, `count` of them, of `from` pixels brought to `to`. */
function filter(from: number, to: number, first: number, count: number): Filter {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const taps = 2 * Math.ceil(reach) + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Float64Array(count * taps);
  for (let place = 0; place < count; place++) {
    const centre = (first + place + 0.5) * scale - 0.5;
    const start = Math.max(0, Math.ceil(centre - reach));
    const end = Math.min(from - 1, Math.floor(centre + reach)) + 1;
    let sum = 0;
    for (let at = start; at < end; at++) {
      const weight = Math.max(0, 1 - Math.abs(at - centre) / reach);
      weights[place * taps + at - start] = weight;
      sum += weight;
    }
    for (let k = 0; k < end - start; k++) weights[place * taps + k] = (weights[place * taps + k] ?? 0) / sum;
    starts[place] = start;
    counts[place] = end - start;
  }
  return { starts, counts, weights, taps };
}
