import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { alphaSlice, batchify, evaluationSlices, slice } from '../../../src/data/text/batches.ts';
import type { TextSlice } from '../../../src/data/text/batches.ts';

const numbers = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

/** A table's size: at least two rows, and something over. */
const size = fc
  .record({ rows: fc.integer({ min: 2, max: 40 }), batch: fc.integer({ min: 1, max: 9 }), over: fc.nat(8) })
  .map(({ rows, batch, over }) => ({ rows, batch, count: rows * batch + (over % batch) }));

/** Column `column` of a slice's data or targets. */
function column(values: Int32Array, { length, batch }: TextSlice, which: number): readonly number[] {
  return Array.from({ length }, (_, row) => values[row * batch + which] ?? NaN);
}

describe('batchify', () => {
  it('reads down its columns as the text reads, but for the remainder', () => {
    fc.assert(
      fc.property(size, ({ rows, batch, count }) => {
        const table = batchify(numbers(count), batch);
        expect([table.rows, table.batch, table.tokens.length]).toEqual([rows, batch, rows * batch]);
        const read: number[] = [];
        for (let c = 0; c < batch; c++)
          for (let r = 0; r < rows; r++) read.push(table.tokens[r * batch + c] ?? NaN);
        expect(read).toEqual([...numbers(rows * batch)]);
      }),
    );
  });

  it('lies as written out by hand', () => {
    expect([...batchify(numbers(11), 3).tokens]).toEqual([0, 3, 6, 1, 4, 7, 2, 5, 8]);
  });

  it('refuses a batch that leaves nothing to predict', () => {
    expect(() => batchify(numbers(11), 6, 'the validation text')).toThrowErrorMatchingInlineSnapshot(
      `[NascentError: a batch of 6 is too large for 11 tokens of the validation text]`,
    );
  });
});

describe('slices', () => {
  it('cover every row that has a row below it once, targets one further down', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 12 }), ({ rows, batch, count }, bptt) => {
        const slices = [...evaluationSlices(batchify(numbers(count), batch), bptt)];
        expect(slices.slice(0, -1).every(({ length }) => length === bptt)).toBe(true);
        for (let c = 0; c < batch; c++) {
          const data = slices.flatMap((each) => column(each.data, each, c));
          const targets = slices.flatMap((each) => column(each.targets, each, c));
          expect(data).toEqual(Array.from({ length: rows - 1 }, (_, row) => c * rows + row));
          expect(targets).toEqual(data.map((token) => token + 1));
        }
      }),
    );
  });

  it('are cut short by the end of the text, and have arrays of their own', () => {
    const table = batchify(numbers(20), 2);
    const last = slice(table, 7, 5);
    expect(last).toMatchObject({ length: 2, batch: 2, data: Int32Array.of(7, 17, 8, 18) });
    last.data.fill(-1);
    last.targets.fill(-1);
    expect(slice(table, 7, 5).data).toEqual(Int32Array.of(7, 17, 8, 18));
    expect(() => slice(table, 9, 1)).toThrow('internal: 1 rows from row 9 of 10');
  });

  it('of the architecture go round the validation text', () => {
    const table = batchify(numbers(20), 2);
    expect(alphaSlice(table, 3, 4)).toEqual(slice(table, 3, 4));
    expect(alphaSlice(table, 9, 4)).toEqual(slice(table, 0, 4));
    expect(alphaSlice(table, 9 * 5 + 8, 4)).toEqual(slice(table, 8, 1));
  });
});
