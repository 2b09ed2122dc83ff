/**
 * The bytes of batches, as they were before images came through one door: a search or a training that began then
 * resumes with the same ones.
 */
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { EpochBatches, evaluationBatches, freshBatch } from '../../../src/data/images/batches.ts';
import type { Batch } from '../../../src/data/images/batches.ts';
import { subset } from '../../../src/data/images/dataset.ts';
import type { ImageDataset } from '../../../src/data/images/dataset.ts';
import { Random } from '../../../src/random.ts';

const [count, height, width] = [37, 6, 10];
const random = new Random(5);
/** Random bytes, wider than high. */
const dataset: ImageDataset = {
  name: 'noise',
  split: 'train',
  count,
  channels: 3,
  height,
  width,
  classes: ['a', 'b', 'c', 'd', 'e'],
  pixels: Uint8Array.from({ length: count * 3 * height * width }, () => random.integer(256)),
  labels: Uint8Array.from({ length: count }, () => random.integer(5)),
  mean: [0.5, 0.4, 0.3],
  std: [0.25, 0.2, 0.15],
};
const augmentation = { pad: 2, cutout: 3 };

/** Of sizes, labels and pixels, in that order. */
function digestOf(batches: Iterable<Batch>): string {
  const hash = createHash('sha256');
  for (const { size, labels, images } of batches) {
    hash.update(`${size} `);
    hash.update(labels);
    hash.update(images);
  }
  return hash.digest('hex');
}

describe('the bytes of batches', () => {
  it('of shuffled epochs', () => {
    const batches = new EpochBatches(subset(dataset, 0, 18), {
      batchSize: 8,
      augmentation,
      random: new Random(7),
    });
    expect(digestOf(Array.from({ length: 7 }, () => batches.next()))).toMatchInlineSnapshot(
      `"2f57f65353a4c722b7fb48ea90402445e0a487d6a2895e894665ecd745d1647b"`,
    );
    expect(batches.state).toMatchInlineSnapshot(`
      {
        "epoch": 2,
        "order": {
          "counter": 216,
          "seed": 7,
        },
        "position": 8,
        "random": {
          "counter": 274,
          "seed": 7,
        },
      }
    `);
  });

  it('of fresh draws', () => {
    const half = subset(dataset, 18, 37);
    const draws = new Random(9);
    const options = { batchSize: 8, augmentation };
    expect(digestOf(Array.from({ length: 5 }, () => freshBatch(half, draws, options)))).toMatchInlineSnapshot(
      `"673c8fb54bfc5703baad2d4a559bf15e32bae04ad42440ed792876e31d72eada"`,
    );
    expect(draws.state).toMatchInlineSnapshot(`
      {
        "counter": 240,
        "seed": 9,
      }
    `);
  });

  it('of an evaluation', () => {
    expect(digestOf(evaluationBatches(subset(dataset, 18, 37), 8))).toMatchInlineSnapshot(
      `"7fe5a0a6ff535d5cb16ec8ace706228511bb281eb4777dbba7dd36e71506af6d"`,
    );
  });
});
