/** Timing, by a clock that moves on with what is timed. */
import { expect, test } from 'vitest';
import { interrupted } from '../../src/run/failure.ts';
import { paceOf, secondsToMeasure } from '../../src/estimate/pace.ts';

const never = new AbortController().signal;

/** Steps that take so many seconds, one after the other, of `size` images each. */
function stepsOf(seconds: readonly number[], size = 4) {
  let [clock, taken] = [0, 0];
  return {
    now: () => clock,
    taken: () => taken,
    steps: {
      async step() {
        clock += seconds[taken++] ?? 1;
        return undefined;
      },
      progress: () => ({ done: taken * size }),
    },
  };
}

test('the first step does not count, and one that is slow by chance does not either', async () => {
  const { steps, now } = stepsOf([30, 2, 2, 9, 2, 4]);
  const pace = await paceOf(steps, 0, { most: 6, seconds: 1000 }, { signal: never, now });
  expect(pace).toEqual({ each: 0.5, perStep: 4, steps: 5, middle: [0.5, 1] });
});

test('it ends with the step that goes over its time, and where that is the first, it is all there is', async () => {
  const fast = stepsOf([1, 1, 1, 1, 1, 1]);
  await paceOf(fast.steps, 0, { most: 100, seconds: 3.5 }, { signal: never, now: fast.now });
  expect(fast.taken()).toBe(4);
  const slow = stepsOf([40, 40]);
  const pace = await paceOf(slow.steps, 0, { most: 100, seconds: 0 }, { signal: never, now: slow.now });
  expect(slow.taken()).toBe(1);
  expect(pace).toMatchObject({ each: 10, steps: 1 });
});

test('a short epoch begins again', async () => {
  let [clock, taken] = [0, 0];
  const steps = {
    async step() {
      clock += 3;
      taken++;
      return undefined;
    },
    // Three steps an epoch: 4, 8, 10 images.
    progress: () => ({ done: [10, 4, 8][taken % 3] ?? 0 }),
  };
  const pace = await paceOf(steps, 0, { most: 6, seconds: 1000 }, { signal: never, now: () => clock });
  expect(pace.perStep).toBe(4);
  expect(pace.each).toBe(0.75);
});

test('it stops when it is asked to, between two steps', async () => {
  const stopping = new AbortController();
  const { steps, taken } = stepsOf([]);
  const onStep = (count: number) => count === 2 && stopping.abort(interrupted());
  await expect(
    paceOf(steps, 0, { most: 100, seconds: 1000 }, { signal: stopping.signal, onStep, now: () => 0 }),
  ).rejects.toMatchObject({ code: 'interrupted' });
  expect(taken()).toBe(2);
});

test('measuring is told from its first batches, and the first is dearer', async () => {
  let clock = 0;
  let batches = 0;
  const measure = async (
    signal: AbortSignal,
    onProgress: (progress: { done: number; total: number }) => void,
  ) => {
    for (; batches < 100; batches++) {
      signal.throwIfAborted();
      clock += batches === 0 ? 10 : 2;
      onProgress({ done: batches + 1, total: 100 });
    }
  };
  const watch = { signal: never, now: () => clock };
  expect(await secondsToMeasure(measure, { most: 4, seconds: 1000 }, watch)).toBe(10 + 99 * 2);
  expect(batches).toBe(4);
  expect(await secondsToMeasure(async () => {}, { most: 4, seconds: 1000 }, watch)).toBe(0);
});

test('what goes wrong while measuring is not taken for enough', async () => {
  const broken = async () => Promise.reject(new Error('broken'));
  await expect(secondsToMeasure(broken, { most: 4, seconds: 1 }, { signal: never })).rejects.toThrow(
    'broken',
  );
});
