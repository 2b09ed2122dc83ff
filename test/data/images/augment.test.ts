import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { augment, normalise } from '../../../src/data/images/augment.ts';
import type { AugmentOptions } from '../../../src/data/images/augment.ts';
import type { ImageDataset } from '../../../src/data/images/dataset.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { Random } from '../../../src/random.ts';
import { digested } from '../../support/digested.ts';

const size = 8;
const plane = size * size;
const dataset: ImageDataset = {
  ...syntheticImages({ count: 6, classes: 3, size }),
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.25, 0.3],
};

const room = (images: number) => new Float32Array(images * 3 * plane);

/** Pixel (y, x) of a channel of an image, normalised; black outside the image. The plainest way there is. */
function pixel(index: number, channel: number, y: number, x: number): number {
  const inside = y >= 0 && y < size && x >= 0 && x < size;
  const byte = inside ? (dataset.pixels[(index * 3 + channel) * plane + y * size + x] ?? NaN) : 0;
  return Math.fround((byte / 255 - (dataset.mean[channel] ?? NaN)) / (dataset.std[channel] ?? NaN));
}

/** The definition of `augment`, a pixel at a time, from the same draws. */
function augmentPlainly(indices: readonly number[], random: Random, options: Required<AugmentOptions>) {
  const { pad, flip, cutout } = options;
  const out: number[] = [];
  for (const index of indices) {
    const [dy, dx] = [random.integer(2 * pad + 1) - pad, random.integer(2 * pad + 1) - pad];
    const mirrored = random.bernoulli(0.5) && flip;
    const [cutY, cutX] = [random.integer(size), random.integer(size)];
    const half = Math.floor(cutout / 2);
    const isCut = (y: number, x: number) =>
      y >= cutY - half && y < cutY + half && x >= cutX - half && x < cutX + half;
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const sourceX = mirrored ? size - 1 - x : x;
          out.push(isCut(y, x) ? 0 : pixel(index, channel, y + dy, sourceX + dx));
        }
      }
    }
  }
  return Float32Array.from(out);
}

describe('normalise', () => {
  it('scales, centres and divides each channel by its own numbers', () => {
    const out = room(2);
    normalise(dataset, [4, 1], out);
    for (let channel = 0; channel < 3; channel++) {
      expect(out[channel * plane + 10]).toBe(pixel(4, channel, 1, 2));
      expect(out[(3 + channel) * plane + 63]).toBe(pixel(1, channel, 7, 7));
    }
  });
});

describe('augment', () => {
  it('is its definition, for any options', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.record({
          pad: fc.integer({ min: 0, max: 10 }),
          flip: fc.boolean(),
          cutout: fc.integer({ min: 0, max: 20 }),
        }),
        (seed, indices, options) => {
          const [fast, plain] = [new Random(seed), new Random(seed)];
          const out = room(indices.length);
          augment(dataset, indices, fast, out, options);
          expect(digested(out)).toEqual(digested(augmentPlainly(indices, plain, options)));
          expect(fast.state).toEqual(plain.state);
        },
      ),
    );
  });

  it('with nothing to do is normalise', () => {
    const [augmented, plain] = [room(6), room(6)];
    augment(dataset, [0, 1, 2, 3, 4, 5], new Random(1), augmented, { pad: 0, flip: false });
    normalise(dataset, [0, 1, 2, 3, 4, 5], plain);
    expect(augmented).toEqual(plain);
  });

  it('reaches every shift, mirrors half the images and centres cutout everywhere', () => {
    const indices = [0];
    const out = room(1);
    const random = new Random(2);
    let mirrored = 0;
    const shifts = new Set<string>();
    const trials = 3000;
    const marked: ImageDataset = { ...dataset, pixels: new Uint8Array(3 * plane), count: 1 };
    // One white pixel right of the middle: where it lands tells the shift and the side.
    marked.pixels[4 * size + 4] = 255;
    const white = Math.fround((1 - 0.4) / 0.2);
    for (let i = 0; i < trials; i++) {
      augment(marked, indices, random, out, { pad: 2 });
      const at = out.indexOf(white);
      shifts.add(`${Math.floor(at / size)} ${at % size}`);
      // Unmirrored it lies in columns 2 to 6, mirrored in 1 to 5.
      if (at % size === 1) mirrored += 1;
    }
    expect(shifts.size).toBe(5 * 6);
    expect(Math.abs(mirrored - trials / 10)).toBeLessThan(80);

    const centres = new Float64Array(plane);
    for (let i = 0; i < trials; i++) {
      augment(marked, indices, random, out, { pad: 0, flip: false, cutout: 2 });
      // Black is negative and what is cut is zero; the last zero of the first channel is the centre.
      const centre = out.subarray(0, plane).lastIndexOf(0);
      centres[centre] = (centres[centre] ?? 0) + 1;
    }
    expect(centres.every((count) => count > 0)).toBe(true);
  });

  it('refuses images that are not there and room that does not suffice', () => {
    expect(() => augment(dataset, [6], new Random(1), room(1))).toThrow('internal: image 6 of 6');
    expect(() => normalise(dataset, [-1], room(1))).toThrow('internal: image -1 of 6');
    expect(() => normalise(dataset, [0, 1], room(1))).toThrow('do not fit');
  });
});
