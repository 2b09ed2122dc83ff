import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../../src/random.ts';
import { trainPresets } from '../../../src/tasks/images/train-settings.ts';
import { dropPathMasks, dropPathProbability } from '../../../src/tasks/images/drop-path.ts';
import { tries } from '../../support/properties.ts';

it('the probability grows from nothing, a straight line to just below a fifth', () => {
  const { drop_path, epochs } = trainPresets.cifar10;
  const at = (epoch: number) => dropPathProbability(drop_path, epoch, epochs);
  expect(at(0)).toBe(0);
  expect(at(300)).toBeCloseTo(0.1, 15);
  expect(at(599)).toBeCloseTo(0.2 * (599 / 600), 15);
});

it('masks are 0, or 1 over the probability of keeping, and 1 on average', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 9 }), (seed, tenths) => {
      const keep = 1 - tenths / 10;
      const { shape, data } = dropPathMasks(20_000, tenths / 10, new Random(seed));
      expect(shape).toEqual([20_000, 1, 1, 1]);
      expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / keep)]));
      const mean = [...data].reduce((sum, mask) => sum + mask, 0) / data.length;
      // Five standard deviations of the mean.
      expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt((1 - keep) / keep / data.length));
    }),
    { numRuns: tries(20) },
  );
});

it('where nothing is dropped nothing is drawn', () => {
  const random = new Random(1);
  expect([...dropPathMasks(4, 0, random).data]).toEqual([1, 1, 1, 1]);
  expect(random.state.counter).toBe(0);
  dropPathMasks(4, 0.1, random);
  expect(random.state.counter).toBe(4);
});
