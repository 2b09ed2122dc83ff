import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, type CellLayout, layoutCell, mostDrawnNodes, sizes } from '../../src/draw/cell-layout.ts';
import { textWidth } from '../../src/draw/svg-text.ts';
import { DARTS_V2 } from '../../src/space/images/published.ts';
import { arbitraryCell } from '../space/images/genotype-arbitrary.ts';

/** Everything that takes up room: chips, circles, and the terminals of the cell. */
function boxes(layout: CellLayout): readonly Box[] {
  const r = sizes.nodeRadius;
  return [
    ...layout.inputs,
    layout.output,
    ...layout.nodes.flatMap(({ centre, chips }) => [
      { x: centre.x - r, y: centre.y - r, width: 2 * r, height: 2 * r },
      ...chips.map(({ box }) => box),
    ]),
  ];
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe('layoutCell', () => {
  it('lets no two things overlap, and keeps all inside', () => {
    fc.assert(
      fc.property(arbitraryCell(7), (cell) => {
        const layout = layoutCell(cell);
        const all = boxes(layout);
        expect(all.filter((a, i) => all.slice(i + 1).some((b) => overlap(a, b)))).toEqual([]);
        expect(Math.min(...all.flatMap(({ x, y }) => [x, y]))).toBeGreaterThanOrEqual(-1e-9);
        expect(Math.max(...all.map(({ x, width }) => x + width))).toBeLessThanOrEqual(layout.width + 1e-9);
        expect(Math.max(...all.map(({ y, height }) => y + height))).toBeLessThanOrEqual(layout.height + 1e-9);
      }),
    );
  });

  it('runs no wire over a label or a node', () => {
    fc.assert(
      fc.property(arbitraryCell(7), (cell) => {
        const layout = layoutCell(cell);
        const all = boxes(layout);
        const free = layout.wires.flatMap(({ stretches }) =>
          stretches.flatMap(({ y, left, right }, i): Box[] => {
            const level = { x: left, y: y - 1, width: right - left, height: 2 };
            const next = stretches[i + 1];
            // The curve stays between its ends in x, so a strip without boxes is enough.
            const gap = next && { x: right, y: 0, width: next.left - right, height: layout.height };
            return [...(right > left ? [level] : []), ...(gap ? [gap] : [])];
          }),
        );
        expect(free.filter((strip) => all.some((box) => overlap(box, strip)))).toEqual([]);
      }),
    );
  });

  it('draws each edge once, from its source to a chip of its own', () => {
    fc.assert(
      fc.property(arbitraryCell(), (cell) => {
        const layout = layoutCell(cell);
        const chips = layout.nodes.map((node) => node.chips);
        for (const [node, inputs] of cell.nodes.entries()) {
          expect(new Set(chips[node]?.map(({ input }) => input))).toEqual(new Set(inputs));
        }
        const ends = layout.wires.filter(({ input }) => input).map(({ stretches }) => stretches.at(-1));
        const ports = chips.flat().map(({ box }) => `${box.x} ${box.y + box.height / 2}`);
        expect(ends.map((end) => `${end?.left} ${end?.y}`).sort()).toEqual(ports.sort());
        expect(layout.wires.filter(({ input }) => !input)).toHaveLength(cell.concat.length);
      }),
    );
  });

  it('lays out cells of up to its limit, and refuses larger ones', () => {
    const cell = (nodes: number) => ({
      nodes: Array.from({ length: nodes }, (_, node) =>
        [node, (7 * node) % (node + 2)].map((source) => ({ op: 'skip_connect', source })),
      ),
      concat: Array.from({ length: nodes }, (_, node) => node + 2),
    });
    expect(layoutCell(cell(mostDrawnNodes)).nodes).toHaveLength(mostDrawnNodes);
    expect(() => layoutCell(cell(mostDrawnNodes + 1))).toThrow(
      expect.objectContaining({ code: 'input/invalid' }),
    );
  });

  it('makes chips wide enough for their text', () => {
    for (const { chips } of layoutCell(DARTS_V2.normal).nodes) {
      for (const { input, box } of chips) expect(textWidth(input.op, sizes.chipText)).toBeLessThan(box.width);
    }
  });

  it('puts nodes right of what they read', () => {
    const layout = layoutCell(DARTS_V2.normal);
    const x = layout.nodes.map(({ centre }) => centre.x);
    expect(new Set(x.slice(0, 3)).size).toBe(1);
    expect(x[3]).toBeGreaterThan(x[0] ?? Infinity);
  });
});
