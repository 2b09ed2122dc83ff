/** Whole numbers beyond those that float32 has, against BigInt: in double precision, and rounded as a runtime does. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../../exporters/onnx/import.ts';
import { integers } from '../../../../src/graph/tensor.ts';
import { ranOnce } from '../../../../src/parity/ran-once.ts';
import { createReferenceRuntime } from '../../../../src/runtime/reference/runtime.ts';
import { tries } from '../../../support/properties.ts';
import { f, i, modelOfNode, type OneNode } from './lowered.ts';

/** What a node makes of rows of int64. */
async function made(one: OneNode, ...fed: readonly (readonly number[])[]): Promise<readonly number[]> {
  const imported = importOnnx(modelOfNode(one));
  const feeds = new Map(fed.map((row, at) => [`x${at}`, integers([row.length], row)]));
  const exact = await ranOnce(createReferenceRuntime(), imported, feeds);
  const rounded = await ranOnce(createReferenceRuntime('forward'), imported, feeds);
  const y = Array.from(exact.get('y0')?.data ?? [], (value) => value + 0);
  expect(Array.from(rounded.get('y0')?.data ?? [], (value) => value + 0)).toEqual(y);
  return y;
}

const whole = fc.oneof(fc.integer(), fc.integer({ min: -9, max: 9 }));

describe('whole numbers that float32 does not have', () => {
  const floored = (a: bigint, c: bigint) => (a % c !== 0n && a < 0n !== c < 0n ? (a % c) + c : a % c);

  it.each([
    ['Div', {}, (a: bigint, c: bigint) => a / c],
    ['Mod', { fmod: 1 }, (a: bigint, c: bigint) => a % c],
    ['Mod', {}, floored],
  ] as const)('%s %j', async (op, attributes, expected) => {
    await fc.assert(
      fc.asyncProperty(
        whole,
        whole.filter((by) => by !== 0),
        async (a, by) => {
          fc.pre(!(a === -(2 ** 31) && by === -1));
          const y = await made({ op, inputs: [i(a), i(by)], attributes }, [a], [by]);
          expect(y).toEqual([Number(expected(BigInt(a), BigInt(by)))]);
        },
      ),
      { numRuns: tries(200) },
    );
  });

  it.each([
    [2, i(2), 46_339],
    [3, f([1], [3]), -1289],
    [4, i(4), 215],
  ])('to the power of %d', async (power, exponent, base) => {
    const one = { op: 'Pow', inputs: [i(base), exponent], constant: [1] };
    expect(await made(one, [base])).toEqual([base ** power]);
  });

  it('are padded, and pad', async () => {
    const [first, last, value] = [16_777_217, -33_554_433, 2 ** 31 - 1];
    const one = { op: 'Pad', inputs: [i(first, last), i(2, 1), i(value)], constant: [1, 2] };
    expect(await made(one, [first, last])).toEqual([value, value, first, last, value]);
    const cut = { op: 'Pad', inputs: [i(first, last), i(-1, 1)], constant: [1] };
    expect(await made(cut, [first, last])).toEqual([last, 0]);
  });
});
