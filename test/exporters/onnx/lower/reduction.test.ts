/** What is made along an axis, of an extent that is known and of one that is open. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tries } from '../../../support/properties.ts';
import { f, i, outputOf, outputsOf } from './lowered.ts';

/** What each place along a row is made of, in the order in which it is. */
function before<T>(row: readonly T[], at: number, exclusive: number, reverse: number): readonly T[] {
  return reverse === 1 ? row.slice(at + exclusive).toReversed() : row.slice(0, at + 1 - exclusive);
}

describe('sums and products up to each place', () => {
  it('are of those before it or after it, without it or with it, also along an open extent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('CumSum', 'CumProd'),
        fc.tuple(
          fc.integer({ min: 1, max: 2 }),
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: 1, max: 3 }),
        ),
        fc.nat(1),
        fc.nat(1),
        fc.boolean(),
        fc.infiniteStream(
          fc.oneof(
            { weight: 9, arbitrary: fc.integer({ min: -3, max: 3 }) },
            { weight: 1, arbitrary: fc.constantFrom(Infinity, -Infinity, NaN) },
          ),
        ),
        async (op, [outer, length, inner], exclusive, reverse, isOpen, numbers) => {
          const shape = [outer, length, inner];
          const values = [...numbers.take(outer * length * inner)];
          const y = await outputOf({
            op,
            opset: op === 'CumSum' ? 14 : 26,
            inputs: [f(shape, values), { ...i(1), dims: [] }],
            constant: [1],
            attributes: { exclusive, reverse },
            open: isOpen ? { 0: ['batch', 'length', inner] } : {},
          });
          const wanted = values.map((_, at) => {
            const [first, place] = [
              Math.floor(at / (length * inner)) * length * inner + (at % inner),
              Math.floor(at / inner) % length,
            ];
            const row = Array.from({ length }, (__, k) => values[first + k * inner] ?? NaN);
            const taken = before(row, place, exclusive, reverse);
            return op === 'CumSum' ? taken.reduce((a, c) => a + c, 0) : taken.reduce((a, c) => a * c, 1);
          });
          expect(y.shape).toEqual(shape);
          expect(y.data.map((value) => value + 0)).toEqual(wanted.map((value) => value + 0));
        },
      ),
      { numRuns: tries(60) },
    );
  });

  it('are as right of many as of few', async () => {
    const [rows, count] = [2, 5000];
    const values = Array.from({ length: rows * count }, (_, k) => (k % 1000 === 7 ? -1 : 1));
    const of = async (op: string) =>
      outputOf({ op, opset: 26, inputs: [f([rows, count], values), i(1)], constant: [1] });
    const ends = ({ data }: { readonly data: readonly number[] }) => [data[count - 1], data[2 * count - 1]];
    expect(ends(await of('CumSum'))).toEqual([4990, 4990]);
    expect(ends(await of('CumProd'))).toEqual([-1, -1]);
  });
});

it('a product along an open extent is of all that lies there', async () => {
  const x = f([2, 3, 2], [1, 2, 3, 4, 5, 6, -1, 1, 2, 2, 0.5, 3]);
  const product = (attributes: { readonly axes: readonly number[]; readonly keepdims: number }) =>
    outputOf({ op: 'ReduceProd', inputs: [x], attributes, open: { 0: ['batch', 'length', 2] } });
  expect(await product({ axes: [1], keepdims: 0 })).toMatchObject({ shape: [2, 2], data: [15, 48, -1, 6] });
  expect(await product({ axes: [-2, 2], keepdims: 1 })).toMatchObject({ shape: [2, 1, 1], data: [720, -6] });
});

it('the last of the largest along an open extent is counted from its front', async () => {
  const x = f([2, 4], [1, 3, 3, 0, 2, 2, 2, 2]);
  const last = { op: 'ArgMax', inputs: [x], attributes: { axis: 1, keepdims: 0, select_last_index: 1 } };
  for (const open of [{}, { 0: ['batch', 'length'] }]) {
    expect(await outputOf({ ...last, open })).toMatchObject({ dtype: 'int64', data: [2, 3] });
  }
});

it.each([
  ['largest', 1, -Infinity],
  ['smallest', 0, Infinity],
])('the %s of a row are each there once, also those that are masked', async (_, largest, masked) => {
  const row = [masked, 2, masked, largest === 1 ? 7 : -7, masked];
  const inputs = [f([1, 5], row), i(4)];
  const one = { op: 'TopK', opset: 17, inputs, constant: [1], outputs: 2, attributes: { largest } };
  const [values, places] = await outputsOf(one);
  expect(places?.data).toEqual([3, 1, 0, 2]);
  expect(values?.data).toEqual([row[3], 2, masked, masked]);
});
