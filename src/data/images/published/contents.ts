/** Whether what is in the files is what it should be: looked at once, after they were fetched. */

import type { OnProgress } from '../../../files/progress.ts';
import { countedPerClass } from '../source.ts';
import { damaged } from './check.ts';
import { decodeSplit } from './decode.ts';
import { imagesIn } from './release.ts';
import type { Release } from './release.ts';

/** The mean of a channel may be off by as much: publishers give four digits or more, and means are of a set as a whole. */
const meanTolerance = 1e-4;

/**
 * Reads everything back from the disk and counts: records, images per class and split, channel means.
 *
 * The digests already imply all of it for a published set. It is counted anyway, once per download, because a digest
 * proves that files are the same and this proves that they are what the rest of the program takes them for.
 *
 * @throws NascentError `data/missing` or `data/damaged`, saying which count is off
 */
export async function checkContents(
  directory: string,
  release: Release,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  const total = imagesIn(release.files, 'train') + imagesIn(release.files, 'test');
  let done = 0;
  for (const split of ['train', 'test'] as const) {
    const { pixels, labels } = await decodeSplit(directory, release, release.files, split, {
      signal,
      onFile({ holds, records }) {
        if (holds === 'labels') return;
        done += records;
        onProgress?.({ phase: 'check', done, total, unit: 'images' });
      },
    });
    assertClasses(directory, release, split, labels);
    if (split === 'train') assertMeans(directory, release, pixels);
  }
}

function assertClasses(
  directory: string,
  release: Release,
  split: 'train' | 'test',
  labels: Uint8Array,
): void {
  const { classes, perClass } = release;
  if (perClass === null) return;
  for (const [label, count] of countedPerClass({ classes, labels }).entries()) {
    const expected = perClass?.[split][label] ?? labels.length / classes.length;
    if (count === expected) continue;
    throw damaged(release, directory, `${split} holds ${count} images of ${classes[label]}, not ${expected}`);
  }
}

function assertMeans(directory: string, release: Release, pixels: Uint8Array): void {
  const { channels, side, mean } = release;
  const plane = side * side;
  for (const [channel, expected] of mean.entries()) {
    let sum = 0;
    for (let start = channel * plane; start < pixels.length; start += channels * plane) {
      for (let i = start; i < start + plane; i++) sum += pixels[i] ?? 0;
    }
    const actual = (sum * channels) / pixels.length / 255;
    if (Math.abs(actual - expected) <= meanTolerance) continue;
    throw damaged(
      release,
      directory,
      `the mean of channel ${channel} is ${actual.toFixed(4)}, not ${expected.toFixed(4)}`,
    );
  }
}
