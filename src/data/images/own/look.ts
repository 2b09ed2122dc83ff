/** What a folder's images are like, by the headers of some of them: pixels are not read. */

import { join } from 'node:path';

import sharp from 'sharp';

import type { ImageFolder } from '../imagenet/folder.ts';
import type { Channels } from '../imagenet/normalisation.ts';

/** What all images of a dataset are brought to. */
export interface Look {
  /** Height and width. */
  readonly size: number;
  readonly channels: Channels;
}

/** Files that are looked at, evenly spread over all. */
const lookedAt = 256;
/** What images of many sizes are brought to where the settings do not say it. */
const usualSide = 64;
const largestOwnSide = 224;

/**
 * The side of the images where all are square and alike, up to 224; otherwise 64. One channel where all are grey,
 * otherwise three.
 */
export async function likelyLook({ directory, files }: ImageFolder): Promise<Look> {
  const step = Math.max(1, Math.ceil(files.length / lookedAt));
  const chosen = files.filter((_, i) => i % step === 0);
  const looks = (await Promise.all(chosen.map((file) => lookOf(join(directory, file))))).filter(
    (look) => look !== undefined,
  );
  const sides = new Set(looks.map(({ side }) => side));
  const [side] = sides;
  const alike = side !== undefined && sides.size === 1 && side > 0 && side <= largestOwnSide;
  return {
    size: alike ? side : usualSide,
    channels: looks.length > 0 && looks.every(({ grey }) => grey) ? 1 : 3,
  };
}

/** Nothing of a file that cannot be read; side 0 of an image that is not square. */
async function lookOf(path: string) {
  const header = await sharp(path)
    .metadata()
    .catch(() => undefined);
  if (header === undefined) return undefined;
  const { width, height, space } = header;
  return { side: width === height ? width : 0, grey: space === 'b-w' || space === 'grey16' };
}
