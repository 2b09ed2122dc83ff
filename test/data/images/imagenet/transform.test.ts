import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { centreCrop, randomCrop } from '../../../../src/data/images/imagenet/crop.ts';
import type { Box } from '../../../../src/data/images/imagenet/crop.ts';
import { applyJitter, drawJitter } from '../../../../src/data/images/imagenet/jitter.ts';
import { mean, std } from '../../../../src/data/images/imagenet/normalisation.ts';
import { dartsAugmentation } from '../../../../src/data/images/imagenet/source.ts';
import { transformFile, transformImage } from '../../../../src/data/images/imagenet/transform.ts';
import type { RgbImage } from '../../../../src/data/images/imagenet/resize.ts';
import { Random } from '../../../../src/random.ts';
import { temporaryFolder } from '../../temporary.ts';
import { tries } from '../../../support/properties.ts';

const fixture = fileURLToPath(new URL('../../../../fixtures/imagenet/train', import.meta.url));

function drawn(width: number, height: number, seed: number): RgbImage {
  const random = new Random(seed);
  return {
    width,
    height,
    pixels: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)),
  };
}

/** Weights of the pixels around `centre` under a triangle as wide as a pixel of the result, or of the image. */
function weights(centre: number, scale: number, count: number): [number, number][] {
  const places = Array.from({ length: count }, (_, i): [number, number] => [
    i,
    Math.max(0, 1 - Math.abs(i + 0.5 - centre) / Math.max(1, scale)),
  ]);
  const sum = places.reduce((total, [, weight]) => total + weight, 0);
  return places.filter(([, weight]) => weight > 0).map(([i, weight]) => [i, weight / sum]);
}

/** `box` of `image` brought to `width` by `height`, pixel by pixel from the definition; `[height, width, 3]`. */
function resized(image: RgbImage, box: Box, width: number, height: number): Float32Array {
  const [scaleX, scaleY] = [box.width / width, box.height / height];
  return Float32Array.from({ length: width * height * 3 }, (_, flat) => {
    const [channel, x, y] = [flat % 3, Math.floor(flat / 3) % width, Math.floor(flat / 3 / width)];
    let value = 0;
    for (const [row, weightY] of weights((y + 0.5) * scaleY, scaleY, box.height)) {
      for (const [column, weightX] of weights((x + 0.5) * scaleX, scaleX, box.width)) {
        const at = (box.top + row) * image.width + box.left + column;
        value += weightX * weightY * ((image.pixels[at * 3 + channel] ?? 0) / 255);
      }
    }
    return value;
  });
}

/** The largest difference in bytes between `[3, size, size]`, normalised, and `[size, size, 3]`, not. */
function largestDifference(out: Float32Array, plain: Float32Array, size: number, mirrored: boolean): number {
  let largest = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const value = out[(channel * size + y) * size + x] ?? Number.NaN;
        const expected = plain[(y * size + (mirrored ? size - 1 - x : x)) * 3 + channel] ?? Number.NaN;
        const back = value * (std[channel] ?? 1) + (mean[channel] ?? 0);
        largest = Math.max(largest, 255 * Math.abs(back - expected));
      }
    }
  }
  return largest;
}

const shape = fc.record({
  width: fc.integer({ min: 12, max: 50 }),
  height: fc.integer({ min: 12, max: 50 }),
  size: fc.integer({ min: 8, max: 24 }),
  seed: fc.nat(1000),
});

describe('transformImage', () => {
  it('crops, resizes, jitters, mirrors and normalises as defined', () => {
    fc.assert(
      fc.property(shape, ({ width, height, size, seed }) => {
        const image = drawn(width, height, seed);
        const state = new Random(seed).state;
        const augmentation = dartsAugmentation;
        const out = transformImage(image, { kind: 'augment', size, augmentation, random: state });

        const random = Random.from(state);
        const box = randomCrop(width, height, random, augmentation);
        const mirrored = random.bernoulli(0.5);
        const plain = resized(image, box, size, size);
        applyJitter(plain, drawJitter(random, augmentation.jitter));
        expect(largestDifference(out, plain, size, mirrored)).toBeLessThan(0.01);
      }),
      { numRuns: tries(15) },
    );
  });

  it('takes the centre for evaluation', () => {
    fc.assert(
      fc.property(shape, ({ width, height, size, seed }) => {
        const image = drawn(width, height, seed);
        const resize = Math.round((size * 8) / 7);
        const out = transformImage(image, { kind: 'centre', size, resize });
        const centre = centreCrop(width, height, resize, size);
        const whole = resized(image, { left: 0, top: 0, width, height }, centre.width, centre.height);
        const cut = Float32Array.from({ length: size * size * 3 }, (_, flat) => {
          const [x, y] = [Math.floor(flat / 3) % size, Math.floor(flat / 3 / size)];
          return (
            whole[((y + centre.box.top) * centre.width + x + centre.box.left) * 3 + (flat % 3)] ?? Number.NaN
          );
        });
        expect(largestDifference(out, cut, size, false)).toBeLessThan(0.01);
      }),
      { numRuns: tries(12) },
    );
  });
});

describe('transformFile', () => {
  const centre = { kind: 'centre', size: 16, resize: 16 } as const;
  const pixelsOf = async (path: string) => {
    const result = await transformFile(path, centre);
    if (result.kind === 'unreadable') throw new Error(result.reason);
    return result.pixels;
  };

  it('reads grey, CMYK and palette images, and PNGs by the name of JPEGs, as colours', async () => {
    const files = ['n01440764/n01440764_3', 'n01443537/n01443537_2', 'n01440764/n01440764_7'];
    for (const file of files) {
      const pixels = await pixelsOf(join(fixture, `${file}.JPEG`));
      expect(pixels).toHaveLength(3 * 16 * 16);
      expect(pixels.every(Number.isFinite)).toBe(true);
      expect(new Set(pixels).size).toBeGreaterThan(20);
    }
    const grey = await pixelsOf(join(fixture, 'n01440764/n01440764_3.JPEG'));
    expect((grey[0] ?? 0) * std[0] + mean[0]).toBeCloseTo((grey[256] ?? 0) * std[1] + mean[1], 5);
  });

  it('passes over transparency, colour profiles and the orientation tag', async () => {
    const folder = await temporaryFolder();
    const raw = drawn(24, 16, 1);
    const image = () => sharp(raw.pixels, { raw: { width: 24, height: 16, channels: 3 } });
    await image().png().toFile(join(folder, 'plain.png'));
    await image().ensureAlpha(0.3).png().toFile(join(folder, 'clear.png'));
    await image().toColourspace('rgb16').png().toFile(join(folder, 'deep.png'));
    await image().withMetadata({ orientation: 6 }).png().toFile(join(folder, 'turned.png'));
    await image()
      .keepIccProfile()
      .withIccProfile('p3', { attach: true })
      .png()
      .toFile(join(folder, 'p3.png'));
    const plain = await pixelsOf(join(folder, 'plain.png'));
    for (const name of ['clear', 'deep', 'turned']) {
      expect(await pixelsOf(join(folder, `${name}.png`))).toEqual(plain);
    }
    const { data } = await sharp(join(folder, 'p3.png'), { ignoreIcc: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(await pixelsOf(join(folder, 'p3.png'))).toEqual(
      transformImage({ width: 24, height: 16, pixels: data }, centre),
    );
  });

  it('says why a file cannot be read', async () => {
    expect(await transformFile(join(fixture, 'n01443537/n01443537_5.JPEG'), centre)).toEqual({
      kind: 'unreadable',
      reason: 'VipsJpeg: premature end of JPEG image',
    });
    expect(await transformFile('nowhere.JPEG', centre)).toEqual({
      kind: 'unreadable',
      reason: 'there is no such file',
    });
    expect(await transformFile(fileURLToPath(import.meta.url), centre)).toEqual({
      kind: 'unreadable',
      reason: 'it is no image of a format that is read',
    });
  });
});
