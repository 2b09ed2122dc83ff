/**
 * From a file to what a network eats: decoded, cropped, resized, jittered, mirrored, made grey where that is asked for,
 * and normalised. Runs in the worker threads.
 *
 * Decoding gives red, green and blue bytes whatever the file has in it (ImageNet has grey and CMYK images, and PNGs
 * named .JPEG). Colour profiles and the orientation tag of ImageNet's are passed over, as in the loaders that published
 * accuracies are by; those of a user's own images are not.
 */

import { Random } from '../../../random.ts';
import type { RandomState } from '../../../random.ts';
import { readRgb } from '../rgb.ts';
import type { OpenedImage } from '../rgb.ts';
import { whyUnreadable } from '../unreadable.ts';
import { centreCrop, randomCrop } from './crop.ts';
import type { CropOptions } from './crop.ts';
import { applyJitter, drawJitter } from './jitter.ts';
import type { JitterOptions } from './jitter.ts';
import * as published from './normalisation.ts';
import type { Channels, Normalisation } from './normalisation.ts';
import { resize } from './resize.ts';
import type { RgbImage } from './resize.ts';

export interface ImageNetAugmentation extends CropOptions {
  readonly jitter: JitterOptions;
  /** Mirror left to right with probability one half. */
  readonly flip: boolean;
}

/** What to do to an image, as plain data that can be sent to a thread. */
export type Transform = {
  /** Default: ImageNet's own. */
  readonly normalisation?: Normalisation | undefined;
  /** Default 3. */
  readonly channels?: Channels | undefined;
  /** Turned as the orientation tag says, and by its colour profile, as people see it. Default: neither. */
  readonly upright?: boolean | undefined;
} & (
  | {
      readonly kind: 'augment';
      readonly size: number;
      readonly augmentation: ImageNetAugmentation;
      /** The image's own stream of random numbers, so that it does not matter who decodes it, and when. */
      readonly random: RandomState;
    }
  | { readonly kind: 'centre'; readonly size: number; readonly resize: number }
);

export type Transformed =
  | {
      readonly kind: 'image';
      readonly pixels: Float32Array<ArrayBuffer>;
      /** What the file is by its content, as sharp calls it. */
      readonly format: string | undefined;
      /** Of the whole image. */
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Decodes `path` to `[channels, size, size]`, normalised. An image that cannot be decoded is an answer, not an error. */
export async function transformFile(path: string, transform: Transform): Promise<Transformed> {
  let image: OpenedImage;
  try {
    image = await readRgb(path, transform.upright === true);
  } catch (error) {
    return { kind: 'unreadable', reason: await whyUnreadable(path, error) };
  }
  const { format, width, height } = image;
  return { kind: 'image', pixels: transformImage(image, transform), format, width, height };
}

/** An image in memory to `[channels, size, size]`, normalised. */
export function transformImage(image: RgbImage, transform: Transform): Float32Array<ArrayBuffer> {
  const { size, channels = 3, normalisation = published } = transform;
  if (transform.kind === 'centre') {
    const { width, height, box } = centreCrop(image.width, image.height, transform.resize, size);
    const whole = { left: 0, top: 0, width: image.width, height: image.height };
    const pixels = resize(image, whole, { width, height }, box);
    return planes(channels === 1 ? light(pixels) : pixels, channels, size, false, normalisation);
  }
  const { augmentation } = transform;
  const random = Random.from(transform.random);
  const box = randomCrop(image.width, image.height, random, augmentation);
  const mirrored = random.bernoulli(0.5) && augmentation.flip;
  const pixels = resize(image, box, { width: size, height: size });
  applyJitter(pixels, drawJitter(random, augmentation.jitter));
  return planes(channels === 1 ? light(pixels) : pixels, channels, size, mirrored, normalisation);
}

/** How light each pixel of `[places, 3]` is, as Pillow has it for its mode L: grey stays what it is. */
function light(pixels: Float32Array): Float32Array {
  const out = new Float32Array(pixels.length / 3);
  for (let place = 0, from = 0; place < out.length; place++, from += 3) {
    out[place] =
      0.299 * (pixels[from] ?? 0) + 0.587 * (pixels[from + 1] ?? 0) + 0.114 * (pixels[from + 2] ?? 0);
  }
  return out;
}

/** `[size, size, channels]` in [0, 1] to `[channels, size, size]`, normalised. */
function planes(
  pixels: Float32Array,
  channels: Channels,
  size: number,
  mirrored: boolean,
  { mean, std }: Normalisation,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(channels * size * size);
  for (let channel = 0; channel < channels; channel++) {
    const offset = mean[channel] ?? 0;
    const scale = 1 / (std[channel] ?? 1);
    let to = channel * size * size;
    for (let y = 0; y < size; y++) {
      const row = y * size * channels + channel;
      for (let x = 0; x < size; x++) {
        const from = row + channels * (mirrored ? size - 1 - x : x);
        out[to++] = ((pixels[from] ?? 0) - offset) * scale;
      }
    }
  }
  return out;
}
