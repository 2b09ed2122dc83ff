/**
 * From bytes to what a network eats: normalised float32 images, with or without the training augmentation of CIFAR-10
 * (pad 4, random crop, mirror; DeVries & Taylor 2017's cutout where asked for).
 *
 * As in the code DARTS was published with, the border of a padded image is black before normalisation, and what cutout
 * removes is zero, the mean colour, after it.
 */

import type { Random } from '../../random.ts';
import type { ImageDataset } from './dataset.ts';

export interface AugmentOptions {
  /** Black pixels added on every side before cropping back to size. Default 4; 0 leaves the image in place. */
  readonly pad?: number;
  /** Mirror left to right with probability one half. Default true. */
  readonly flip?: boolean;
  /** Side of the square to blank, centred anywhere in the image and clipped at its borders. Default 0: none. */
  readonly cutout?: number;
}

/** Writes images `indices` of `dataset`, normalised and otherwise as they are, to `out` `[indices, C, H, W]`. */
export function normalise(dataset: ImageDataset, indices: ArrayLike<number>, out: Float32Array): void {
  const tables = normalisedValues(dataset);
  const plane = dataset.height * dataset.width;
  checkRoom(dataset, indices, out);
  let to = 0;
  for (let n = 0; n < indices.length; n++) {
    let from = indexAt(dataset, indices, n) * dataset.channels * plane;
    for (const table of tables) {
      for (const end = from + plane; from < end; from++) out[to++] = table[dataset.pixels[from] ?? 0] ?? 0;
    }
  }
}

/**
 * Writes images `indices` of `dataset`, each cropped, mirrored, normalised and cut at random, to `out`
 * `[indices, C, H, W]`. Five numbers are drawn per image whatever the options, so that turning one augmentation off
 * leaves the others as they were.
 */
export function augment(
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  random: Random,
  out: Float32Array,
  options: AugmentOptions = {},
): void {
  const { pad = 4, flip = true, cutout = 0 } = options;
  const { height, width } = dataset;
  const tables = normalisedValues(dataset);
  const plane = height * width;
  checkRoom(dataset, indices, out);
  for (let n = 0; n < indices.length; n++) {
    const shiftY = random.integer(2 * pad + 1) - pad;
    const shiftX = random.integer(2 * pad + 1) - pad;
    const mirrored = random.bernoulli(0.5) && flip;
    const cutY = random.integer(height);
    const cutX = random.integer(width);

    let from = indexAt(dataset, indices, n) * dataset.channels * plane;
    let to = n * dataset.channels * plane;
    for (const table of tables) {
      cropPlane(dataset.pixels, from, out, to, { height, width, shiftY, shiftX, mirrored, table });
      if (cutout > 0) cutPlane(out, to, height, width, cutY, cutX, cutout);
      from += plane;
      to += plane;
    }
  }
}

interface Crop {
  readonly height: number;
  readonly width: number;
  readonly shiftY: number;
  readonly shiftX: number;
  readonly mirrored: boolean;
  readonly table: Float32Array;
}

/** One channel: pixel (y, x) of the crop is pixel (y + shiftY, x + shiftX) of the image, black outside it. */
function cropPlane(pixels: Uint8Array, from: number, out: Float32Array, to: number, crop: Crop): void {
  const { height, width, shiftY, shiftX, mirrored, table } = crop;
  const black = table[0] ?? 0;
  const first = Math.max(0, -shiftX);
  const last = Math.min(width, width - shiftX);
  const step = mirrored ? -1 : 1;
  for (let y = 0; y < height; y++) {
    const row = to + y * width;
    const sourceY = y + shiftY;
    if (sourceY < 0 || sourceY >= height) {
      out.fill(black, row, row + width);
      continue;
    }
    if (shiftX !== 0) out.fill(black, row, row + width);
    const source = from + sourceY * width + shiftX;
    let target = mirrored ? row + width - 1 - first : row + first;
    for (let x = first; x < last; x++) {
      out[target] = table[pixels[source + x] ?? 0] ?? 0;
      target += step;
    }
  }
}

function cutPlane(
  out: Float32Array,
  to: number,
  height: number,
  width: number,
  centreY: number,
  centreX: number,
  size: number,
): void {
  const half = Math.floor(size / 2);
  const left = Math.max(0, centreX - half);
  const right = Math.min(width, centreX + half);
  for (let y = Math.max(0, centreY - half); y < Math.min(height, centreY + half); y++) {
    out.fill(0, to + y * width + left, to + y * width + right);
  }
}

/** Per channel, what each of the 256 byte values is after scaling to [0, 1] and normalising. */
function normalisedValues(dataset: ImageDataset): readonly Float32Array[] {
  return dataset.mean.map((mean, channel) => {
    const std = dataset.std[channel] ?? 1;
    return Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / std);
  });
}

function checkRoom(dataset: ImageDataset, indices: ArrayLike<number>, out: Float32Array): void {
  const needed = indices.length * dataset.channels * dataset.height * dataset.width;
  if (out.length < needed) throw new Error(`internal: ${needed} values do not fit in ${out.length}`);
}

function indexAt(dataset: ImageDataset, indices: ArrayLike<number>, n: number): number {
  const index = indices[n] ?? -1;
  if (index < 0 || index >= dataset.count) {
    throw new Error(`internal: image ${index} of ${dataset.count} in ${dataset.name}`);
  }
  return index;
}
