import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { heatLines } from '../../../../src/tui/interface/panes/heat.ts';
import { shownRun } from '../../../../src/tui/interface/shown-run.ts';
import { render } from '../../../../src/tui/theme.ts';
import { tries } from '../../../support/properties.ts';
import { watchedRun } from '../../../support/watched.ts';
import { plain } from '../states.ts';

const ops = 8;
const edges = 14;
const blocks = '·░▒▓█';

/** The map of a search whose alphas are these in both cells: its legend, and the shades and weights of its first cell. */
function mapOf(alphas: readonly (readonly number[])[]) {
  const run = watchedRun({ ended: 1 });
  const [line] = run.alphas;
  if (line === undefined) throw new Error('a search logs its alphas before its first epoch');
  const rows = alphas.map((row) => [...row]);
  const watched = { ...run, alphas: [{ ...line, normal: rows, reduce: rows }] };
  const room = { width: 130, height: 60, look: plain, now: 0 };
  const [legend = '', title, , ...drawn] = heatLines(shownRun(watched), room, undefined).map((talk) =>
    render(talk, plain),
  );
  expect(title).toMatch(/^Normal cell/);
  const cells = drawn.slice(0, edges).map((row) =>
    row
      .trim()
      .split(/ +/)
      .slice(1, 1 + ops)
      .map((cell) => ({ shade: blocks.indexOf(cell[0] ?? ''), weight: Number(cell.slice(1)) })),
  );
  return { legend, cells };
}

const rowsOf = (alpha: fc.Arbitrary<number>) =>
  fc.array(fc.array(alpha, { minLength: ops, maxLength: ops }), { minLength: edges, maxLength: edges });

test('a larger weight has never a lighter shade, and from the lightest to the darkest all is used', () => {
  fc.assert(
    fc.property(rowsOf(fc.double({ min: -2, max: 2, noNaN: true })), (alphas) => {
      const cells = mapOf(alphas).cells.flat();
      expect(cells).toHaveLength(edges * ops);
      const sorted = cells.toSorted((a, b) => a.weight - b.weight || a.shade - b.shade);
      // Weights are written with two decimals, so that equal ones may have different shades.
      for (const [i, { shade, weight }] of sorted.entries()) {
        const before = sorted[i - 1];
        if (before !== undefined && before.weight < weight)
          expect(shade).toBeGreaterThanOrEqual(before.shade);
      }
    }),
    { numRuns: tries(30) },
  );
});

test('alphas as they begin are one shade, and the legend says that they are uniform', () => {
  fc.assert(
    fc.property(rowsOf(fc.double({ min: -0.003, max: 0.003, noNaN: true })), (alphas) => {
      const { legend, cells } = mapOf(alphas);
      expect(legend).toBe('uniform: each op about 0.125');
      expect(new Set(cells.flat().map(({ shade }) => shade)).size).toBe(1);
    }),
    { numRuns: tries(30) },
  );
});

test('the legend says which weights the lightest and the darkest shade are of', () => {
  const alphas = Array.from({ length: edges }, (_, edge) =>
    Array.from({ length: ops }, (__, op) => (edge === 0 && op === 0 ? Math.log(3) : 0)),
  );
  const { legend, cells } = mapOf(alphas);
  expect(legend).toBe('0.100 ·· ░░ ▒▒ ▓▓ ██ 0.300  uniform is 0.125');
  expect(cells[0]?.map(({ shade }) => shade)).toEqual([4, 0, 0, 0, 0, 0, 0, 0]);
});
