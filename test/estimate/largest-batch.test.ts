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
    // An epoch of eight steps, the last of them whole, half or of one image.
    for (const images of [960, 1024, 897]) {
      const { measure: of } = machine(0, 1, images);
      expect(await largestBatch(32, 1e9, of)).toMatchObject({ batch: 128, stoppedBy: 'epoch' });
    }
    expect(await largestBatch(32, 1e9, machine(0, 1, 896).measure)).toMatchObject({ batch: 64 });
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

  it('is no larger than the data makes', async () => {
    const { measure } = machine(0, 1);
    const short = async (batch: number): Promise<Measured> =>
      batch > 128 ? { kind: 'data' } : measure(batch);
    for (const usual of [16, 256, 1024]) {
      expect(await largestBatch(usual, 1e9, short)).toMatchObject({ batch: 128, stoppedBy: 'data' });
    }
  });

  it('is left at what it is for the reason that the next size has, whatever those beyond it have', async () => {
    const kinds = fc.constantFrom<Measured>(
      { kind: 'over' },
      { kind: 'out' },
      { kind: 'slow' },
      { kind: 'data' },
    );
    const reasons = { over: 'memory', out: 'memory', slow: 'time', data: 'data', measured: undefined };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: -1, max: 8 }),
        fc.array(kinds, { minLength: 10, maxLength: 10 }),
        async (usual, largest, beyond) => {
          const found = await largestBatch(2 ** usual, 10, async (batch) => {
            const refused = Math.log2(batch) > largest ? beyond[Math.log2(batch)] : undefined;
            return refused ?? { kind: 'measured', peak: 5, stepsPerEpoch: 1e6 };
          });
          expect(found.batch).toBe(largest < 0 ? undefined : 2 ** largest);
          expect(found.stoppedBy).toBe(reasons[beyond[largest + 1]?.kind ?? 'measured']);
        },
      ),
    );
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
