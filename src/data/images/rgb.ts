/** An image file as red, green and blue bytes, whatever the file has in it. */

import { readFile } from 'node:fs/promises';

import sharp from 'sharp';
import type { Sharp } from 'sharp';

import type { RgbImage } from './imagenet/resize.ts';

/** An image, and what its file is by its content, as sharp calls it. */
export type OpenedImage = RgbImage & { readonly format: string | undefined };

/**
 * The image in a file. One that is cut short is refused; one whose decoder only warns is not: the real ImageNet has some,
 * and they look fine.
 *
 * @param upright turned as the orientation tag says, and by its colour profile, as people see it; otherwise neither
 * @throws where the file cannot be read or decoded
 */
export async function readRgb(path: string, upright: boolean): Promise<OpenedImage> {
  // Decoding from memory takes less time than having libvips read the file piece by piece, twice with its header.
  const bytes = await readFile(path);
  return rgbOf(
    upright
      ? sharp(bytes, { failOn: 'error' }).rotate()
      : sharp(bytes, { failOn: 'error', ignoreIcc: true, sequentialRead: true }),
  );
}

/**
 * Transparent parts are as if there were no transparency. Inks become light as in Pillow, which published networks were
 * trained with: red is (255 − cyan)(255 − black)/255, and a profile of the inks is passed over.
 *
 * @throws where it cannot be decoded
 */
export async function rgbOf(opened: Sharp): Promise<OpenedImage> {
  const { space, format } = await opened.metadata();
  if (space === 'cmyk') return { ...(await withoutInks(opened)), format };
  const { data, info } = await opened
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
  return { width: info.width, height: info.height, pixels: data, format };
}

async function withoutInks(opened: Sharp): Promise<RgbImage> {
  const { data, info } = await opened
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels < 4) throw new Error(`it has ${channels} channels`);
  const pixels = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels;
    const light = 255 - (data[from + 3] ?? 0);
    for (let colour = 0; colour < 3; colour++) {
      pixels[pixel * 3 + colour] = Math.round(((255 - (data[from + colour] ?? 0)) * light) / 255);
    }
  }
  return { width, height, pixels };
}
