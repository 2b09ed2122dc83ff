import { expect, it } from 'vitest';

import { runModelOrder } from '../../src/onnx/order.ts';
import { compareFiles, compareRuntimes } from '../../src/parity/compare-runtimes.ts';
import { parityOrder } from '../../src/parity/order.ts';
import { checkedOrder } from '../../src/run/checked-order.ts';

const refusal = (action: () => unknown): readonly unknown[] => {
  try {
    action();
  } catch (error) {
    const { code, message, help } = error as Readonly<Record<'code' | 'message' | 'help', unknown>>;
    return [code, message, help];
  }
  return [];
};

it('says what a file of a tensor is given as, where it is given as its name alone', () => {
  const given = { model: 'a.onnx', inputs: ['/nope.npy'] };
  expect(refusal(() => checkedOrder(runModelOrder, given, 'runModel'))).toEqual([
    'input/invalid',
    'runModel was given "/nope.npy" as "inputs.0"',
    'Expected an object such as { file: "x.npy" }, or { name: "x", file: "x.npy" }.',
  ]);
});

it('says that a list is empty, and how many it must have', () => {
  expect(refusal(() => checkedOrder(parityOrder, { model: 'a.onnx', runtimes: [] }, 'parity'))).toEqual([
    'input/invalid',
    'parity was given an empty list as "runtimes"',
    'Give at least 1, or leave it out.',
  ]);
});

it.each([
  [5, '5'],
  ['all', 'text'],
  [[], 'an Array'],
  [null, 'null'],
])('refuses %s for the options of a comparison', async (given, what) => {
  const wanted = { code: 'input/invalid', help: 'Give an object, or leave it out.' };
  await expect(compareRuntimes('a.onnx', given as never)).rejects.toMatchObject({
    ...wanted,
    message: `compareRuntimes was given ${what} as its options`,
  });
  await expect(compareRuntimes('a.onnx', {}, given as never)).rejects.toMatchObject({
    ...wanted,
    message: `compareRuntimes was given ${what} as its control`,
  });
  await expect(compareFiles('a.onnx', 'b.onnx', given as never)).rejects.toMatchObject({
    ...wanted,
    message: `compareFiles was given ${what} as its options`,
  });
});
