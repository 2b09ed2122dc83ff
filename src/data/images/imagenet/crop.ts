/**
 * Which part of an image becomes the network's input: Inception's random crop of area and shape for training (Szegedy
 * et al. 2015, section 6), the centre for evaluation. The numbers and their roundings are torchvision's, which
 * published accuracies on ImageNet are by.
 */

import type { Random } from '../../../random.ts';

/** A rectangle of pixels within an image. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface CropOptions {
  /** Smallest and largest part of the image's area. */
  readonly scale: readonly [number, number];
  /** Smallest and largest width over height; drawn evenly on a logarithmic scale. */
  readonly ratio: readonly [number, number];
}

/** How often a crop is drawn that does not fit before the centre is taken. */
const attempts = 10;

/** A crop of random area, shape and place, of an image of `width` by `height`. */
export function randomCrop(width: number, height: number, random: Random, options: CropOptions): Box {
  const { scale, ratio } = options;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = width * height * between(random, scale[0], scale[1]);
    const shape = Math.exp(between(random, Math.log(ratio[0]), Math.log(ratio[1])));
    const cropWidth = roundHalfEven(Math.sqrt(area * shape));
    const cropHeight = roundHalfEven(Math.sqrt(area / shape));
    if (cropWidth < 1 || cropWidth > width || cropHeight < 1 || cropHeight > height) continue;
    const top = random.integer(height - cropHeight + 1);
    const left = random.integer(width - cropWidth + 1);
    return { left, top, width: cropWidth, height: cropHeight };
  }
  return largestCentre(width, height, ratio);
}

/** The largest rectangle in the centre whose shape is allowed. */
function largestCentre(width: number, height: number, ratio: readonly [number, number]): Box {
  const shape = width / height;
  const cropWidth = shape > ratio[1] ? Math.max(1, roundHalfEven(height * ratio[1])) : width;
  const cropHeight = shape < ratio[0] ? Math.max(1, roundHalfEven(width / ratio[0])) : height;
  return {
    left: Math.floor((width - cropWidth) / 2),
    top: Math.floor((height - cropHeight) / 2),
    width: cropWidth,
    height: cropHeight,
  };
}

export interface CentreCrop {
  /** The size the whole image is brought to. */
  readonly width: number;
  readonly height: number;
  /** What is cut out of that. */
  readonly box: Box;
}

/** The centre square of side `size` after the image's short side has been brought to `resize`, at least `size`. */
export function centreCrop(width: number, height: number, resize: number, size: number): CentreCrop {
  const short = Math.min(width, height);
  const resized = {
    width: Math.trunc((resize * width) / short),
    height: Math.trunc((resize * height) / short),
  };
  const left = roundHalfEven((resized.width - size) / 2);
  const top = roundHalfEven((resized.height - size) / 2);
  return { ...resized, box: { left, top, width: size, height: size } };
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** Python's `round`. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
