import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ImageFolder } from '../../../../src/data/images/imagenet/folder.ts';
import { interleaved, stretch } from '../../../../src/data/images/imagenet/part.ts';

/** A folder with so many images in each class, class by class. */
function folderOf(perClass: readonly number[]): ImageFolder {
  const named = perClass.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ file: `${label}/${i}.png`, label })),
  );
  return {
    split: 'train',
    directory: 'nowhere',
    classes: perClass.map((_, label) => String(label)),
    files: named.map(({ file }) => file),
    labels: Int32Array.from(named, ({ label }) => label),
  };
}

const counts = (labels: Int32Array, classes: number) =>
  Array.from({ length: classes }, (_, label) => labels.filter((each) => each === label).length);

const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });

describe('the order that parts of a folder are taken from', () => {
  it('has every file once, with its label', () => {
    fc.assert(
      fc.property(sizes, (perClass) => {
        const { files, labels } = interleaved(folderOf(perClass));
        expect(files.toSorted()).toEqual(folderOf(perClass).files.toSorted());
        expect(files.map((file) => Number(file.split('/')[0]))).toEqual([...labels]);
      }),
    );
  });

  it('has half of every class in each half', () => {
    fc.assert(
      fc.property(sizes, (perClass) => {
        const order = interleaved(folderOf(perClass));
        const half = Math.floor(order.files.length / 2);
        fc.pre(half > 0);
        for (const [label, count] of counts(stretch(order, 0, half).labels, perClass.length).entries()) {
          expect(Math.abs(count - (perClass[label] ?? 0) / 2)).toBeLessThanOrEqual(0.5);
        }
      }),
    );
  });

  it('goes round classes of one size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 20 }), (classes, each) => {
        const { labels } = interleaved(folderOf(Array.from({ length: classes }, () => each)));
        expect([...labels]).toEqual(Array.from({ length: classes * each }, (_, i) => i % classes));
      }),
    );
  });

  it('does not take a class in the order of its names, and is always the same', () => {
    const folder = folderOf([40, 40]);
    expect(interleaved(folder)).toEqual(interleaved(folder));
    const own = interleaved(folder).files.filter((file) => file.startsWith('0/'));
    expect(own).not.toEqual(folder.files.slice(0, 40));
  });
});
