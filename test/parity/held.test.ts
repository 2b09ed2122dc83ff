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
    '"y" is held on 1 of 2 inputs: on the others float32 leaves it as far open as it is large',
  ]);
});

it('one that may be on every input is held to nothing, which is no agreement', () => {
  const held = new Held();
  held.add('y', y, at(4));
  held.add('y', y, at(400));
  held.add('z', y, at(1e-3));
  expect(held.notes).toEqual([]);
  expect(held.failures).toEqual([
    '"y" is held to nothing: on every input float32 leaves it as far open as it is large; give inputs that decide (--inputs), or --atol',
  ]);
});

it('zeros say nothing of it', () => {
  const held = new Held();
  held.add('y', floats([1], [0]), at(2 ** -122));
  held.add('y', floats([1], [2 ** -127]), at(2 ** -122));
  expect([...held.notes, ...held.failures]).toEqual([]);
});
