import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { centreCrop, randomCrop } from '../../../../src/data/images/imagenet/crop.ts';
import { Random } from '../../../../src/random.ts';
import { tries } from '../../../support/properties.ts';

const inception = { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] } as const;
const side = fc.integer({ min: 1, max: 3000 });

describe('randomCrop', () => {
  it('lies within the image, and is of an allowed area and shape but for rounding', () => {
    fc.assert(
      fc.property(side, side, fc.nat(), (width, height, seed) => {
        const box = randomCrop(width, height, new Random(seed), inception);
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.width).toBeGreaterThanOrEqual(1);
        expect(box.height).toBeGreaterThanOrEqual(1);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
        // An image longer than four thirds has no such crop of its whole area; then the largest in the centre counts.
        const most = Math.min(width, (height * 4) / 3) * Math.min(height, (width * 4) / 3);
        const least = Math.min(0.08 * width * height, most);
        expect((box.width + 1) * (box.height + 1)).toBeGreaterThanOrEqual(least - 1e-6);
        expect((box.width - 0.5) / (box.height + 0.5)).toBeLessThanOrEqual(4 / 3 + 1e-9);
        expect((box.height - 0.5) / (box.width + 0.5)).toBeLessThanOrEqual(4 / 3 + 1e-9);
      }),
      { numRuns: tries(300) },
    );
  });

  it('has areas even over the range, and shapes even on a logarithmic scale', () => {
    const random = new Random(1);
    const boxes = Array.from({ length: 4000 }, () =>
      randomCrop(1000, 1000, random, { ...inception, scale: [0.1, 0.5] }),
    );
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(boxes.map(({ width, height }) => (width * height) / 1e6))).toBeCloseTo(0.3, 2);
    expect(mean(boxes.map(({ width, height }) => Math.log(width / height)))).toBeCloseTo(0, 1);
    expect(mean(boxes.map(({ left, width }) => left / (1000 - width)))).toBeCloseTo(0.5, 1);
    expect(boxes.filter(({ width, height }) => width * height < 0.2e6).length / 4000).toBeCloseTo(0.25, 1);
  });

  it('takes the largest centre of an image too long for any crop', () => {
    expect(randomCrop(1000, 30, new Random(1), { ...inception, scale: [0.9, 1] })).toEqual({
      left: 480,
      top: 0,
      width: 40,
      height: 30,
    });
    expect(randomCrop(30, 1000, new Random(1), { ...inception, scale: [0.9, 1] })).toEqual({
      left: 0,
      top: 480,
      width: 30,
      height: 40,
    });
  });
});

describe('centreCrop', () => {
  it('has the numbers of torchvision for Resize(256) and CenterCrop(224)', () => {
    expect(centreCrop(500, 375, 256, 224)).toEqual({
      width: 341,
      height: 256,
      box: { left: 58, top: 16, width: 224, height: 224 },
    });
    // (259 - 224) / 2 = 17.5 is rounded to the even 18, (261 - 224) / 2 = 18.5 also.
    expect(centreCrop(256, 259, 256, 224).box.top).toBe(18);
    expect(centreCrop(256, 261, 256, 224).box.top).toBe(18);
  });

  it('always lies within the resized image', () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 256 }), (width, height, size) => {
        const crop = centreCrop(width, height, 256, size);
        expect(Math.min(crop.width, crop.height)).toBe(256);
        expect(crop.box.left).toBeGreaterThanOrEqual(0);
        expect(crop.box.left + size).toBeLessThanOrEqual(crop.width);
        expect(crop.box.top + size).toBeLessThanOrEqual(crop.height);
      }),
    );
  });
});
