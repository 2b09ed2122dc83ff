import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphaEntropy,
  derive,
  deriveCell,
  edgeCount,
  edgeIndex,
  skipCount,
  softmaxRows,
} from '../../../src/space/images/derive.ts';
import type { CellGenotype } from '../../../src/space/images/genotype.ts';
import { type CnnPrimitive, dartsPrimitives } from '../../../src/space/images/primitives.ts';
import { DARTS_V1, DARTS_V2 } from '../../../src/space/images/published.ts';
import { tries } from '../../support/properties.ts';

/**
 * The rule again, from its statement and not from the code: of all (source, op) candidates of a node take the heaviest,
 * ties to the lower source and then to the earlier op; then the heaviest from the other sources.
 */
function bruteForce(
  alphas: readonly (readonly number[])[],
  nodes: number,
  primitives: readonly CnnPrimitive[],
): CellGenotype['nodes'] {
  let row = 0;
  const cell = [];
  for (let node = 0; node < nodes; node++) {
    const candidates = [];
    for (let source = 0; source < node + 2; source++, row++) {
      const weights = softmaxRows(alphas)[row] ?? [];
      for (const [k, op] of primitives.entries()) {
        if (op !== 'none') candidates.push({ source, op, weight: weights[k] ?? 0 });
      }
    }
    const inputs: { op: (typeof candidates)[number]['op']; source: number }[] = [];
    while (inputs.length < 2) {
      const free = candidates.filter(({ source }) => inputs.every((input) => input.source !== source));
      const heaviest = Math.max(...free.map(({ weight }) => weight));
      const first = free.find(({ weight }) => weight === heaviest);
      if (first === undefined) throw new Error('a node has too few sources');
      inputs.push({ op: first.op, source: first.source });
    }
    cell.push(inputs);
  }
  return cell;
}

/** Few distinct values, so that ties are common. */
const alphaValue = fc.integer({ min: -6, max: 6 }).map((n) => n / 4);

const search = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.shuffledSubarray([...dartsPrimitives], { minLength: 2 }))
  .chain(([nodes, primitives]) => {
    const row = fc.array(alphaValue, { minLength: primitives.length, maxLength: primitives.length });
    const rows = edgeCount(nodes);
    return fc.record({
      nodes: fc.constant(nodes),
      primitives: fc.constant(primitives),
      alphas: fc.array(row, { minLength: rows, maxLength: rows }),
    });
  });

/** Alphas on which the edges of `cell` stand out, the first input of a node most. */
function nearlyOneHot(cell: CellGenotype): number[][] {
  const alphas = Array.from({ length: edgeCount(cell.nodes.length) }, () => dartsPrimitives.map(() => 0));
  for (const [node, inputs] of cell.nodes.entries()) {
    for (const [rank, { op, source }] of inputs.entries()) {
      const row = alphas[edgeIndex(node, source)];
      if (row !== undefined) row[dartsPrimitives.findIndex((known) => known === op)] = 5 - rank;
    }
  }
  return alphas;
}

const zeros = (rows: number, columns = 8): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0));

describe('deriveCell', () => {
  it('equals the rule worked out by brute force, ties included', () => {
    fc.assert(
      fc.property(search, ({ nodes, primitives, alphas }) => {
        expect(deriveCell(alphas, { nodes, primitives }).nodes).toEqual(
          bruteForce(alphas, nodes, primitives),
        );
      }),
      { numRuns: tries(300) },
    );
  });

  it('gives all ties to the lowest sources and the first op that is not none', () => {
    const cell = deriveCell(zeros(14), { nodes: 4 });
    for (const inputs of cell.nodes) {
      expect(inputs).toEqual([
        { op: 'max_pool_3x3', source: 0 },
        { op: 'max_pool_3x3', source: 1 },
      ]);
    }
  });

  it('keeps edges in order of strength, not of source', () => {
    const alphas = zeros(2);
    alphas[1] = [0, 0, 0, 0, 3, 0, 0, 0];
    expect(deriveCell(alphas, { nodes: 1 }).nodes).toEqual([
      [
        { op: 'sep_conv_3x3', source: 1 },
        { op: 'max_pool_3x3', source: 0 },
      ],
    ]);
  });

  it('lets none weaken an edge, and never chooses it', () => {
    const primitives = ['none', 'skip_connect', 'sep_conv_3x3'] as const;
    const alphas = [
      [0, 1, 1],
      [0, 1, 1],
      [9, 3, 2],
      [0, 1, 1],
      [0, 1.5, 1],
    ];
    expect(deriveCell(alphas, { nodes: 2, primitives }).nodes[1]).toEqual([
      { op: 'skip_connect', source: 2 },
      { op: 'skip_connect', source: 1 },
    ]);
    const allNone = alphas.map(() => [9, 0, 1]);
    expect(
      deriveCell(allNone, { nodes: 2, primitives })
        .nodes.flat()
        .every(({ op }) => op === 'sep_conv_3x3'),
    ).toBe(true);
  });

  it('ranks edges by softmax weight, where ranking by alpha would keep another edge', () => {
    const primitives = ['none', 'skip_connect', 'sep_conv_3x3'] as const;
    const node1 = [
      [2.0, 2.0, 2.1], // the largest alpha of the node, but a weight of only 0.36
      [-3, 1, -3], //     weight 0.96
      [-3, -3, 0], //     weight 0.91
    ];
    const alphas = [...zeros(2, 3), ...node1];
    const kept = deriveCell(alphas, { nodes: 2, primitives }).nodes[1]?.map(({ source }) => source);
    const byAlpha = node1
      .map((row, source) => ({ source, alpha: Math.max(...row.slice(1)) }))
      .sort((a, b) => b.alpha - a.alpha)
      .slice(0, 2);
    expect(byAlpha.map(({ source }) => source)).toEqual([0, 1]);
    expect(kept).toEqual([1, 2]);
  });

  it('ignores a constant added to a row', () => {
    fc.assert(
      fc.property(search, fc.integer({ min: -800, max: 800 }), ({ nodes, primitives, alphas }, shift) => {
        const shifted = alphas.map((row) => row.map((alpha) => alpha + shift));
        expect(deriveCell(shifted, { nodes, primitives })).toEqual(deriveCell(alphas, { nodes, primitives }));
      }),
    );
  });

  it('concatenates the last nodes', () => {
    expect(deriveCell(zeros(14), { nodes: 4 }).concat).toEqual([2, 3, 4, 5]);
    expect(deriveCell(zeros(20), { nodes: 5, concatLast: 3 }).concat).toEqual([4, 5, 6]);
  });

  it('keeps as many edges as asked and as there are', () => {
    const cell = deriveCell(zeros(9), { nodes: 3, edgesPerNode: 3 });
    expect(cell.nodes.map((inputs) => inputs.length)).toEqual([2, 3, 3]);
  });

  it('reads typed arrays', () => {
    const alphas = nearlyOneHot(DARTS_V2.normal).map((row) => Float32Array.from(row));
    expect(deriveCell(alphas, { nodes: 4 })).toEqual(DARTS_V2.normal);
  });

  it.each([
    ['too few rows', zeros(13), { nodes: 4 }, 'the alphas have 13 rows, a cell of 4 nodes has 14 edges'],
    [
      'too few columns',
      zeros(14, 7),
      { nodes: 4 },
      'row 0 of the alphas has 7 columns, there are 8 primitives',
    ],
    [
      'not a number',
      [
        [0, NaN],
        [0, 0],
      ],
      { nodes: 1, primitives: ['none', 'skip_connect'] },
      'row 0, column 1 (skip_c',
    ],
    ['only none', zeros(2, 1), { nodes: 1, primitives: ['none'] }, 'the primitives are ["none"]'],
    ['half a node', zeros(14), { nodes: 1.5 }, 'nodes is 1.5'],
    [
      'more output than nodes',
      zeros(14),
      { nodes: 4, concatLast: 5 },
      'concatLast is 5, the cell has 4 nodes',
    ],
  ] as const)('refuses %s', (_, alphas, options, message) => {
    expect(() => deriveCell(alphas, options)).toThrow(
      expect.objectContaining({ code: 'space/invalid', message: expect.stringContaining(message) }),
    );
  });
});

describe('maxSkips', () => {
  const skips = zeros(14).map((row, i) => row.map((_, k) => (k === 3 ? 3 + i / 100 : k === 4 ? 1 : 0)));

  it('holds the cap, striking the weakest chosen skip first', () => {
    const free = deriveCell(skips, { nodes: 4 });
    expect(skipCount(free)).toBe(8);
    const capped = deriveCell(skips, { nodes: 4, maxSkips: 2 });
    expect(skipCount(capped)).toBe(2);
    // Alphas grow with the row, so the skips that stay are the last node's, on its strongest edges.
    expect(capped.nodes[3]).toEqual([
      { op: 'skip_connect', source: 4 },
      { op: 'skip_connect', source: 3 },
    ]);
    expect(capped.nodes[0]?.map(({ op }) => op)).toEqual(['sep_conv_3x3', 'sep_conv_3x3']);
  });

  it('holds for any alphas, and changes nothing where it already held', () => {
    fc.assert(
      fc.property(search, fc.integer({ min: 0, max: 4 }), ({ nodes, primitives, alphas }, maxSkips) => {
        fc.pre(primitives.some((op) => op !== 'none' && op !== 'skip_connect'));
        const free = deriveCell(alphas, { nodes, primitives });
        const capped = deriveCell(alphas, { nodes, primitives, maxSkips });
        expect(skipCount(capped)).toBeLessThanOrEqual(maxSkips);
        if (skipCount(free) <= maxSkips) expect(capped).toEqual(free);
      }),
    );
  });

  it('holds where every other weight has underflowed to zero', () => {
    const alphas = zeros(14).map((row) => row.map((_, k) => (k === 3 ? 2000 : 0)));
    expect(skipCount(deriveCell(alphas, { nodes: 4, maxSkips: 0 }))).toBe(0);
  });

  it('says so where no other op is left', () => {
    const options = { nodes: 1, primitives: ['none', 'skip_connect'], maxSkips: 1 } as const;
    expect(() => deriveCell(zeros(2, 2), options)).toThrow('cannot be capped');
  });

  it('bounds the normal cell alone', () => {
    const genotype = derive({ normal: skips, reduce: skips }, { nodes: 4, maxSkips: 1 });
    expect([skipCount(genotype.normal), skipCount(genotype.reduce)]).toEqual([1, 8]);
  });
});

describe('derive', () => {
  it.each([
    ['DARTS_V1', DARTS_V1],
    ['DARTS_V2', DARTS_V2],
  ])('finds %s again from alphas that point at it', (_, genotype) => {
    const alphas = { normal: nearlyOneHot(genotype.normal), reduce: nearlyOneHot(genotype.reduce) };
    expect(derive(alphas, { nodes: 4 })).toEqual(genotype);
  });
});

describe('helpers', () => {
  it('number the edges node by node', () => {
    const all = [0, 1, 2, 3].flatMap((node) =>
      Array.from({ length: node + 2 }, (_, source) => edgeIndex(node, source)),
    );
    expect(all).toEqual(Array.from({ length: edgeCount(4) }, (_, i) => i));
    expect(edgeCount(4)).toBe(14);
  });

  it('softmax sums to one, whatever the size of the alphas', () => {
    const [small = [], large = []] = softmaxRows([
      [0, Math.log(3)],
      [10_000, 10_000],
    ]);
    expect(small[0]).toBeCloseTo(0.25, 12);
    expect(small[1]).toBeCloseTo(0.75, 12);
    expect(large).toEqual([0.5, 0.5]);
  });

  it('entropy falls from ln(primitives) to nothing', () => {
    const { rows, mean } = alphaEntropy([Array.from({ length: 8 }, () => 0), [5000, 0, 0, 0, 0, 0, 0, 0]]);
    expect(rows[0]).toBeCloseTo(Math.log(8), 12);
    expect(rows[1]).toBe(0);
    expect(mean).toBeCloseTo(Math.log(8) / 2, 12);
  });
});
