import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { largestBatch, type Measured } from '../../src/estimate/largest-batch.ts';

/** A machine on which steps take so much, and an epoch has so many images. */
function machine(fixed: number, each: number, images = Infinity) {
  const measured: number[] = [];
  const measure = async (batch: number): Promise<Measured> => {
    measured.push(batch);
    return { kind: 'measured', peak: fixed + each * batch, stepsPerEpoch: Math.ceil(images / batch) };
  };
  return { measure, measured };
}

describe('the batch', () => {
  it('is the largest power of two that fits, from wherever it begins; no size is measured twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 200_000 }),
        async (usual, fixed, each, limit) => {
          const { measure, measured } = machine(fixed, each);
          const { batch, tried, stoppedBy } = await largestBatch(usual, limit, measure);
          const fits = (size: number) => fixed + each * size <= limit;
          if (batch === undefined) expect(fits(1)).toBe(false);
          else {
            expect(Number.isInteger(Math.log2(batch))).toBe(true);
            expect(fits(batch) && !fits(2 * batch)).toBe(true);
          }
          expect(stoppedBy).toBe('memory');
          expect(new Set(measured).size).toBe(measured.length);
          expect(tried.map((one) => one.batch)).toEqual(measured);
        },
      ),
    );
  });

  it('is no larger than leaves an epoch eight steps', async () => {
    const { measure } = machine(0, 1, 1000);
    expect(await largestBatch(32, 1e9, measure)).toMatchObject({ batch: 128, stoppedBy: 'epoch' });
    // What the settings have is not made smaller for it.
    expect(await largestBatch(512, 1e9, measure)).toMatchObject({ batch: 512, stoppedBy: 'epoch' });
  });

  it('is no larger than can be measured in time', async () => {
    const { measure } = machine(0, 1);
    const slow = async (batch: number): Promise<Measured> => (batch > 64 ? { kind: 'slow' } : measure(batch));
    expect(await largestBatch(32, 1e9, slow)).toMatchObject({ batch: 64, stoppedBy: 'time' });
    const never = async (): Promise<Measured> => ({ kind: 'slow' });
    expect(await largestBatch(4, 1e9, never)).toMatchObject({ batch: undefined, stoppedBy: 'time' });
  });

  it('does not fit where the process was ended', async () => {
    const over = async (batch: number): Promise<Measured> =>
      batch > 8 ? { kind: 'over' } : { kind: 'measured', peak: 5, stepsPerEpoch: 100 };
    const { batch, tried } = await largestBatch(32, 10, over);
    expect(batch).toBe(8);
    expect(tried.map(({ batch: size, fits }) => [size, fits])).toEqual([
      [32, false],
      [16, false],
      [8, true],
    ]);
  });
});
