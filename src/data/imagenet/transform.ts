/**
 * From a file to what a network eats: decoded, cropped, resized, jittered, mirrored and normalised. Runs in the worker
 * threads.
 *
 * Decoding gives red, green and blue bytes whatever the file has in it (ImageNet has grey and CMYK images, and PNGs
 * named .JPEG). Colour profiles and the orientation tag are passed over, as in the loaders that published accuracies
 * are by.
 */

import sharp from 'sharp';

import { Random } from '../../random.ts';
import type { RandomState } from '../../random.ts';
import { centreCrop, randomCrop } from './crop.ts';
import type { Box, CropOptions } from './crop.ts';
import { applyJitter, drawJitter } from './jitter.ts';
import type { JitterOptions } from './jitter.ts';
import { mean, std } from './normalisation.ts';

export interface ImageNetAugmentation extends CropOptions {
  readonly jitter: JitterOptions;
  /** Mirror left to right with probability one half. */
  readonly flip: boolean;
}

/** What to do to an image, as plain data that can be sent to a thread. */
export type Transform =
  | {
      readonly kind: 'augment';
      readonly size: number;
      readonly augmentation: ImageNetAugmentation;
      /** The image's own stream of random numbers, so that it does not matter who decodes it, and when. */
      readonly random: RandomState;
    }
  | { readonly kind: 'centre'; readonly size: number; readonly resize: number };

export type Transformed =
  | { readonly kind: 'image'; readonly pixels: Float32Array<ArrayBuffer> }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Decodes `path` to `[3, size, size]`, normalised. An image that cannot be decoded is an answer, not an error. */
export async function transformFile(path: string, transform: Transform): Promise<Transformed> {
  let image: RgbImage;
  try {
    image = await decode(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'unreadable', reason: reason.trim().split('\n')[0] ?? reason };
  }
  return { kind: 'image', pixels: await transformImage(image, transform) };
}

/** `pixels` is `[height, width, 3]`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

async function decode(path: string): Promise<RgbImage> {
  // A file cut short is refused; one whose decoder only warns is not: the real ImageNet has some, and they look fine.
  const { data, info } = await sharp(path, { failOn: 'error', ignoreIcc: true, sequentialRead: true })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
  return { width: info.width, height: info.height, pixels: data };
}

/** An image in memory to `[3, size, size]`, normalised. */
export async function transformImage(
  image: RgbImage,
  transform: Transform,
): Promise<Float32Array<ArrayBuffer>> {
  const { size } = transform;
  if (transform.kind === 'centre') {
    const { width, height, box } = centreCrop(image.width, image.height, transform.resize, size);
    return planes(floats(await resize(image, undefined, width, height, box)), size, false);
  }
  const { augmentation } = transform;
  const random = Random.from(transform.random);
  const box = randomCrop(image.width, image.height, random, augmentation);
  const mirrored = random.bernoulli(0.5) && augmentation.flip;
  const steps = drawJitter(random, augmentation.jitter);
  const pixels = floats(await resize(image, box, size, size, undefined));
  applyJitter(pixels, steps);
  return planes(pixels, size, mirrored);
}

/** Cuts, brings to `width` by `height`, and cuts again; bilinear, over all pixels that go into one where it shrinks. */
async function resize(
  image: RgbImage,
  before: Box | undefined,
  width: number,
  height: number,
  after: Box | undefined,
): Promise<Uint8Array> {
  let work = sharp(image.pixels, { raw: { width: image.width, height: image.height, channels: 3 } });
  if (before !== undefined) work = work.extract(before);
  work = work.resize(width, height, { fit: 'fill', kernel: 'linear' });
  if (after !== undefined) work = work.extract(after);
  return work.raw().toBuffer();
}

function floats(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255);
}

/** `[size, size, 3]` in [0, 1] to `[3, size, size]`, normalised. */
function planes(pixels: Float32Array, size: number, mirrored: boolean): Float32Array<ArrayBuffer> {
  const out = new Float32Array(3 * size * size);
  for (let channel = 0; channel < 3; channel++) {
    const offset = mean[channel] ?? 0;
    const scale = 1 / (std[channel] ?? 1);
    let to = channel * size * size;
    for (let y = 0; y < size; y++) {
      const row = y * size * 3 + channel;
      for (let x = 0; x < size; x++) {
        const from = row + 3 * (mirrored ? size - 1 - x : x);
        out[to++] = ((pixels[from] ?? 0) - offset) * scale;
      }
    }
  }
  return out;
}
