import { describe, expect, it } from 'vitest';
import { averagedStep, averagingBegins, switchesNow } from '../../../src/tasks/text/averaging.ts';

describe('the switch to averaged SGD', () => {
  it('waits for more than so many epochs', () => {
    expect(switchesNow([1, 9, 9, 9, 9], 10, 5)).toBe(false);
    expect(switchesNow([1, 9, 9, 9, 9, 9], 10, 5)).toBe(true);
  });

  it('compares with the best before the last so many', () => {
    expect(switchesNow([5, 1, 1, 1, 1, 1], 4, 5)).toBe(false);
    expect(switchesNow([5, 1, 1, 1, 1, 1], 6, 5)).toBe(true);
    expect(switchesNow([7, 5, 1, 1, 1, 1, 1], 5, 5)).toBe(false);
  });
});

it("goes as PyTorch's ASGD: the first average twice over, then the mean; rates a step late", () => {
  let averaging: ReturnType<typeof averagedStep>['next'] = averagingBegins;
  const taken: (readonly [number, number])[] = [];
  for (const rate of [20, 10, 21, 22]) {
    const step = averagedStep(averaging, rate);
    taken.push([step.rate, step.share]);
    averaging = step.next;
  }
  expect(taken).toEqual([
    [20, 1],
    [20, 1],
    [10, 1 / 2],
    [21, 1 / 3],
  ]);
  expect(averagedStep(null, 7)).toEqual({ rate: 7, share: 1, next: null });
});
