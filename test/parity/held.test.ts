import { expect, it } from 'vitest';

import { floats } from '../../src/graph/tensor.ts';
import { Held } from '../../src/parity/held.ts';

const y = floats([2], [3, -8]);
const at = (absolute: number) => ({ absolute, relative: 0 });

it('an output that may be off by half of its size on some inputs is held on the others, and a note says so', () => {
  const held = new Held();
  held.add('y', y, at(1e-3));
  held.add('y', y, at(4));
  held.add('z', y, at(3.9));
  expect(held.failures).toEqual([]);
  expect(held.notes).toEqual([
    '"y" is held on 1 of 2 inputs: on the others the rounding of its own types leaves it as far open as it is large',
  ]);
});

it('one that may be on every input is held to nothing, which is no agreement', () => {
  const held = new Held();
  held.add('y', y, at(4));
  held.add('y', y, at(400));
  held.add('z', y, at(1e-3));
  expect(held.notes).toEqual([]);
  expect(held.failures).toEqual([
    '"y" is held to nothing: on every input the rounding of its own types leaves it as far open as it is large',
  ]);
});

it('zeros say nothing of it', () => {
  const held = new Held();
  held.add('y', floats([1], [0]), at(2 ** -122));
  held.add('y', floats([1], [2 ** -127]), at(2 ** -122));
  expect([...held.notes, ...held.failures]).toEqual([]);
});

it('floats are held where fewer than half of them hang on a decision, each by itself', () => {
  const many = Float64Array.of(4, 5);
  const held = new Held();
  held.add('x', floats([3], [3, -8, 1]), { ...at(1e-3), undecided: Float64Array.of(0, 5, 0) });
  held.add('y', y, { ...at(1e-3), undecided: many });
  held.add('z', y, at(1e-3));
  held.add('z', y, { ...at(1e-3), undecided: many });
  // A step of 1 beside 8 leaves it known.
  held.add('w', y, { ...at(1e-3), undecided: Float64Array.of(1, 1) });
  expect(held.failures).toEqual([expect.stringContaining('"y" is held to nothing')]);
  expect(held.notes).toEqual([expect.stringContaining('"z" is held on 1 of 2 inputs')]);
});

it('whole numbers are held where fewer than half of them hang on the last digits', () => {
  const ids = { dtype: 'int64', shape: [4], data: Int32Array.of(0, 1, 2, 3) } as const;
  const [few, many] = [Float64Array.of(0, 1, 0, 0), Float64Array.of(1, 1, 0, 0)];
  const held = new Held();
  held.add('y', ids, { ...at(0.5), undecided: few });
  held.add('y', ids, { ...at(0.5), undecided: many });
  held.add('z', ids, at(0.5));
  held.add('w', ids, { ...at(0.5), otherwise: 3 });
  expect(held.notes).toEqual([expect.stringContaining('"y" is held on 1 of 2 inputs')]);
  expect(held.failures).toEqual([expect.stringContaining('"w" is held to nothing')]);
});
