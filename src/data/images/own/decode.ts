/** A folder of images, decoded once into memory, and what the training images are like on the whole. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import type { ImageDataset } from '../dataset.ts';
import { Decoder } from '../imagenet/decoder.ts';
import type { DecodePool } from '../imagenet/decode-pool.ts';
import type { ImageFolder } from '../imagenet/folder.ts';
import { plainNormalisation } from '../imagenet/normalisation.ts';
import type { Normalisation } from '../imagenet/normalisation.ts';
import type { UnreadableImage } from '../source.ts';
import type { Look } from './look.ts';
import type { ElongatedImage, MisnamedImage, Twins } from './odd.ts';

/** Images on their way at once: enough for every thread, and little memory. */
const atOnce = 64;

/** A larger share of files that cannot be read is no accident. */
const mostUnreadable = 0.1;

export type OnUnreadable = ((image: UnreadableImage) => void) | undefined;

export interface DecodedFolder {
  readonly dataset: Omit<ImageDataset, 'mean' | 'std'>;
  /** The file of each image. */
  readonly files: readonly string[];
  readonly unreadable: readonly UnreadableImage[];
  /** Files that are of another format than their name says, and are read all the same. */
  readonly misnamed: readonly MisnamedImage[];
  /** Files of which the middle square is but a small part. */
  readonly elongated: readonly ElongatedImage[];
}

/** One side so many times the other: a panorama has less, and its middle square still shows what it is of. */
const elongation = 8;

/**
 * Every readable image of the folder, in its order, the middle square of it brought to the look that is asked for.
 *
 * @throws NascentError 'data/damaged' where more than a tenth cannot be read
 */
export async function decodeFolder(
  folder: ImageFolder,
  { size, channels }: Look,
  pool: DecodePool,
  onUnreadable: OnUnreadable,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<DecodedFolder> {
  const decoder = new Decoder(folder, size, pool, onUnreadable, {
    normalisation: plainNormalisation(channels),
    channels,
    upright: true,
  });
  const values = channels * size * size;
  const pixels = new Uint8Array(folder.files.length * values);
  const labels = new Int32Array(folder.files.length);
  const files: string[] = [];
  const misnamed: MisnamedImage[] = [];
  const elongated: ElongatedImage[] = [];
  for (let start = 0; start < folder.files.length; start += atOnce) {
    const some = folder.files.slice(start, start + atOnce).map((_, i) => squareOf(decoder, start + i));
    for (const [at, image] of (await Promise.all(some)).entries()) {
      if (image === undefined) continue;
      const to = files.length * values;
      for (let i = 0; i < values; i++) pixels[to + i] = Math.round(255 * (image.pixels[i] ?? 0));
      labels[files.length] = image.label;
      const file = folder.files[start + at] ?? '';
      files.push(file);
      const path = join(folder.directory, file);
      const { format, width, height } = image;
      if (format !== undefined && !isNamedAs(file, format)) misnamed.push({ path, format });
      if (Math.max(width, height) >= elongation * Math.min(width, height)) {
        elongated.push({ path, width, height });
      }
    }
    onProgress(Math.min(start + atOnce, folder.files.length), folder.files.length);
  }
  requireReadable(folder, decoder.unreadable);
  const kept = files.length;
  return {
    dataset: {
      name: 'images',
      split: folder.split,
      count: kept,
      channels,
      height: size,
      width: size,
      classes: folder.classes,
      pixels: pixels.subarray(0, kept * values),
      labels: labels.subarray(0, kept),
    },
    files,
    unreadable: decoder.unreadable,
    misnamed,
    elongated,
  };
}

/** Endings of each format, by what sharp calls it. */
const endings: Readonly<Record<string, RegExp>> = {
  jpeg: /\.jpe?g$/i,
  png: /\.png$/i,
  webp: /\.webp$/i,
  heif: /\.avif$/i,
  tiff: /\.tiff?$/i,
  gif: /\.gif$/i,
};

/** Whether a file's name ends as those of a format do, by what sharp calls it. */
export function isNamedAs(file: string, format: string): boolean {
  return endings[format]?.test(file) === true;
}

function squareOf(decoder: Decoder, index: number) {
  const { size } = decoder;
  return decoder.image(index, { kind: 'centre', size, resize: size });
}

function requireReadable(folder: ImageFolder, unreadable: readonly UnreadableImage[]): void {
  const { length } = folder.files;
  if (unreadable.length < length && unreadable.length <= Math.max(1, mostUnreadable * length)) return;
  const named = unreadable.slice(0, 3).map(({ path, reason }) => `${path} (${reason})`);
  throw new NascentError(
    'data/damaged',
    `${unreadable.length} of ${length} images cannot be read: ${named.join(', ')}${unreadable.length > 3 ? ', …' : ''}`,
    { help: 'Mend them or take them out; up to a tenth is passed over.' },
  );
}

/** Of two classes, files that hold the same pixels: one of the two labels is wrong. */
export function inTwoClasses({ dataset, files }: DecodedFolder, directory: string): readonly Twins[] {
  const { pixels, labels, count } = dataset;
  const values = pixels.length / count;
  const seen = new Map<string, number>();
  const twins: Twins[] = [];
  for (let image = 0; image < count; image++) {
    const own = pixels.subarray(image * values, (image + 1) * values);
    const digest = createHash('sha256').update(own).digest('base64');
    const other = seen.get(digest);
    if (other === undefined) seen.set(digest, image);
    else if (labels[other] !== labels[image]) {
      const [first, second] = [join(directory, files[other] ?? ''), join(directory, files[image] ?? '')];
      twins.push({ first, second, inTwoClasses: true, inTwoSplits: false });
    }
  }
  return twins;
}

/** Per channel, of pixels scaled to [0, 1]. Where all pixels are alike, nothing is divided by. */
export function measuredNormalisation({
  channels,
  count,
  height,
  width,
  pixels,
}: Pick<ImageDataset, 'channels' | 'count' | 'height' | 'width' | 'pixels'>): Normalisation {
  const plane = height * width;
  const of = (channel: number): readonly [mean: number, std: number] => {
    // Sums of bytes and of their squares are whole numbers, and exact.
    let [sum, squares] = [0, 0];
    for (let image = 0; image < count; image++) {
      const start = (image * channels + channel) * plane;
      for (let i = start; i < start + plane; i++) {
        const value = pixels[i] ?? 0;
        sum += value;
        squares += value * value;
      }
    }
    const mean = sum / (count * plane);
    const deviation = Math.sqrt(Math.max(0, squares / (count * plane) - mean * mean));
    return [mean / 255, deviation === 0 ? 1 : deviation / 255];
  };
  const red = of(0);
  if (channels === 1) return { mean: [red[0]], std: [red[1]] };
  const [green, blue] = [of(1), of(2)];
  return { mean: [red[0], green[0], blue[0]], std: [red[1], green[1], blue[1]] };
}
