/**
 * Images drawn by formula, for tests and for trying things out where there is no data: `--data synthetic`.
 *
 * A class is a pair of colours and a texture. Position, brightness and contrast vary from image to image and noise lies
 * over everything, so that one pixel says nothing and a few convolutions say it all. All of it looks the same mirrored,
 * since training mirrors images.
 */

import { Random } from '../../random.ts';
import type { ImageDataset } from './dataset.ts';

export interface SyntheticOptions {
  readonly count: number;
  /** From 2 to 64. Default 10. */
  readonly classes?: number;
  /** Height and width, a multiple of 4. Default 32. */
  readonly size?: number;
  /** Equal seeds give equal images. Default 0. */
  readonly seed?: number;
  /** The two splits share their classes and no image. Default train. */
  readonly split?: 'train' | 'test';
}

/** Of the formula, near enough; a constant, so that both splits are normalised alike. */
export const syntheticNormalisation = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;

const usualClasses = 10;

/** The names of the labels where the number of classes is not said. */
export const syntheticLabels: readonly string[] = classNames(usualClasses);

function classNames(classes: number): readonly string[] {
  return Array.from({ length: classes }, (_, k) => `pattern-${k}`);
}

/** Textures as waves in [-1, 1] over positions in pixels; each is its own mirror image but for a shift. */
const textures: readonly ((x: number, y: number) => number)[] = [
  (_, y) => Math.sin(y * 0.8),
  (x) => Math.sin(x * 0.8),
  (x, y) => Math.sin(x * 0.6) * Math.sin(y * 0.6),
  (x, y) => Math.sin(Math.hypot(((x + 64) % 16) - 8, ((y + 64) % 16) - 8) * 0.9),
  (_, y) => Math.sin(y * 0.3),
];

/** Labels go round: image i is of class i modulo the number of classes. */
export function syntheticImages(options: SyntheticOptions): ImageDataset {
  const { count, classes = usualClasses, size = 32, seed = 0, split = 'train' } = options;
  if (classes < 2 || classes > 64 || count < 1 || size < 4 || size % 4 !== 0) {
    throw new Error(`internal: synthetic images: count ${count}, classes ${classes}, size ${size}`);
  }
  const random = new Random(seed).fork(`synthetic ${split}`);
  const plane = size * size;
  const pixels = new Uint8Array(count * 3 * plane);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = i % classes;
    labels[i] = label;
    drawImage(pixels.subarray(i * 3 * plane, (i + 1) * 3 * plane), label, classes, size, random);
  }
  return {
    name: 'synthetic',
    split,
    count,
    channels: 3,
    height: size,
    width: size,
    classes: classNames(classes),
    pixels,
    labels,
    ...syntheticNormalisation,
  };
}

function drawImage(image: Uint8Array, label: number, classes: number, size: number, random: Random): void {
  const texture = textures[label % textures.length] ?? Math.sin;
  const hue = (2 * Math.PI * label) / classes;
  const [shiftX, shiftY] = [random.uniform() * 16, random.uniform() * 16];
  const contrast = 0.12 + 0.12 * random.uniform();
  const brightness = 0.5 + 0.15 * (random.uniform() - 0.5);
  const tints = [0, 1, 2].map((channel) => Math.cos(hue - (2 * Math.PI * channel) / 3));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const wave = contrast * texture(x + shiftX, y + shiftY);
      let at = y * size + x;
      for (const tint of tints) {
        const noise = 0.3 * (random.uniform() - 0.5);
        const value = brightness + 0.12 * tint + wave * (0.5 + tint) + noise;
        image[at] = Math.round(255 * Math.min(1, Math.max(0, value)));
        at += size * size;
      }
    }
  }
}
