import { expect, it } from 'vitest';

import { subset } from '../../../src/data/images/dataset.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';

it('a subset is a view of the images it names', () => {
  const all = syntheticImages({ count: 12, classes: 3, size: 4 });
  const some = subset(all, 4, 9);
  expect(some.count).toBe(5);
  expect([...some.labels]).toEqual([1, 2, 0, 1, 2]);
  expect(some.pixels).toEqual(all.pixels.slice(4 * 48, 9 * 48));
  expect(some.pixels.buffer).toBe(all.pixels.buffer);
  expect([...subset(some, 1, 2).labels]).toEqual([2]);
});

it.each([
  [-1, 3],
  [3, 3],
  [0, 13],
  [0.5, 2],
])('a subset from %s to %s of 12 is a bug', (start, end) => {
  const all = syntheticImages({ count: 12, classes: 3, size: 4 });
  expect(() => subset(all, start, end)).toThrow('internal: subset');
});
