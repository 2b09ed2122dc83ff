import { expect, it } from 'vitest';

import { digested } from './digested.ts';

const value = (last: number) => ({ a: [new Map([['x', Float32Array.of(1, last)]])], b: 'c', d: null });

it('is equal where the bits are, and only there', () => {
  expect(digested(value(2))).toEqual(digested(value(2)));
  expect(digested(value(2))).not.toEqual(digested(value(2.5)));
  expect(digested(Float32Array.of(0))).not.toEqual(digested(Float32Array.of(-0)));
  expect(digested(Float32Array.of(1))).not.toEqual(digested(Uint8Array.of(0, 0, 128, 63)));
  expect(digested(new Float32Array([9, 1]).subarray(1))).toEqual(digested(Float32Array.of(1)));
});
