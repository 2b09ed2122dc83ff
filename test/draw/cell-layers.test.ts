import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerCell, type Layers } from '../../src/draw/cell-layers.ts';
import { arbitraryCell } from '../space/images/genotype-arbitrary.ts';

function crossingsOf({ wires, layers }: Layers): number {
  const position = new Map(layers.flatMap((layer) => layer.map((part, i) => [part, i] as const)));
  const segments = wires.flatMap(({ path }) =>
    path
      .slice(1)
      .map((to, i) => ({ layer: layers.findIndex((l) => l.includes(to)), from: path[i] ?? to, to })),
  );
  let count = 0;
  for (const a of segments) {
    for (const b of segments) {
      const from = (position.get(a.from) ?? 0) - (position.get(b.from) ?? 0);
      const to = (position.get(a.to) ?? 0) - (position.get(b.to) ?? 0);
      if (a.layer === b.layer && from < 0 && to > 0) count++;
    }
  }
  return count;
}

describe('layerCell', () => {
  it('takes every wire through one part of each layer on its way', () => {
    fc.assert(
      fc.property(arbitraryCell(7), (cell) => {
        const { parts, wires, layers } = layerCell(cell);
        expect(layers.flat().sort((a, b) => a - b)).toEqual(parts.map((_, part) => part));
        const passed = wires.map(({ path }) =>
          path.map((part) => layers.findIndex((layer) => layer.includes(part))),
        );
        expect(passed).toEqual(
          passed.map(([first = NaN, ...rest]) => [first, ...rest.map((_, i) => first + 1 + i)]),
        );
        const between = wires.flatMap(({ path }) => path.slice(1, -1));
        expect(between.filter((part) => parts[part]?.kind !== 'lane')).toEqual([]);
      }),
    );
  });

  it('untangles what can be untangled', () => {
    // Three nodes in an order that crosses unless the second moves to the bottom.
    const skip = (source: number): { op: 'skip_connect'; source: number }[] => [
      { op: 'skip_connect', source },
    ];
    const layers = layerCell({ nodes: [skip(0), skip(1), skip(0), skip(1)], concat: [2, 3, 4, 5] });
    expect(crossingsOf(layers)).toBe(0);
    expect(layers.layers[0]).toEqual([0, 1]);
  });
});
