import { describe, expect, it } from 'vitest';

import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { digested } from '../../support/digested.ts';

describe('syntheticImages', () => {
  it('is a dataset of its options, classes going round', () => {
    const data = syntheticImages({ count: 25, classes: 4, size: 16, split: 'test' });
    expect(data).toMatchObject({
      name: 'synthetic',
      split: 'test',
      count: 25,
      height: 16,
      width: 16,
      channels: 3,
    });
    expect(data.classes).toHaveLength(4);
    expect(data.pixels).toHaveLength(25 * 3 * 256);
    expect([...data.labels.subarray(0, 6)]).toEqual([0, 1, 2, 3, 0, 1]);
  });

  it('is its seed’s: equal seeds agree, other seeds and the other split do not', () => {
    const pixels = (seed: number, split: 'train' | 'test') =>
      digested(syntheticImages({ count: 4, seed, split }).pixels);
    expect(pixels(1, 'train')).toEqual(pixels(1, 'train'));
    expect(pixels(1, 'train')).not.toEqual(pixels(2, 'train'));
    expect(pixels(1, 'train')).not.toEqual(pixels(1, 'test'));
  });

  it('is near its stated mean and deviation', () => {
    const { pixels, mean, std } = syntheticImages({ count: 100 });
    let [sum, squares] = [0, 0];
    for (const byte of pixels) {
      sum += byte / 255 / pixels.length;
      squares += (byte / 255) ** 2 / pixels.length;
    }
    expect(Math.abs(sum - mean[0])).toBeLessThan(0.03);
    expect(Math.abs(Math.sqrt(squares - sum ** 2) - std[0])).toBeLessThan(0.1);
  });

  it('can be learned: the nearest mean colour tells most test images, and chance tells a tenth', () => {
    const features = (image: Uint8Array) =>
      [0, 1, 2].map(
        (c) => image.subarray(c * 1024, (c + 1) * 1024).reduce((sum, byte) => sum + byte, 0) / 1024,
      );
    const colours = (split: 'train' | 'test') => {
      const { pixels, labels, count } = syntheticImages({ count: 200, split });
      return Array.from({ length: count }, (_, i) => ({
        label: labels[i] ?? 0,
        colour: features(pixels.subarray(i * 3072, (i + 1) * 3072)),
      }));
    };
    const train = colours('train');
    const centres = Array.from({ length: 10 }, (_, k) => {
      const own = train.filter(({ label }) => label === k);
      return [0, 1, 2].map((c) => own.reduce((sum, { colour }) => sum + (colour[c] ?? 0), 0) / own.length);
    });
    const distance = (a: readonly number[], b: readonly number[]) =>
      Math.hypot(...a.map((x, i) => x - (b[i] ?? 0)));
    const test = colours('test');
    const right = test.filter(({ label, colour }) => {
      const distances = centres.map((centre) => distance(centre, colour));
      return distances.indexOf(Math.min(...distances)) === label;
    });
    expect(right.length / test.length).toBeGreaterThan(0.6);
  });
});
