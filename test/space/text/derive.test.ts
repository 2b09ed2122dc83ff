import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { softmaxRows } from '../../../src/space/images/derive.ts';
import { deriveRnn, rnnEdgeCount } from '../../../src/space/text/derive.ts';
import { validateRnnGenotype } from '../../../src/space/text/genotype.ts';
import { rnnPrimitives } from '../../../src/space/text/primitives.ts';

const flat = () => rnnPrimitives.map(() => 0);

const alphas = fc.integer({ min: 1, max: 6 }).chain((nodes) =>
  fc.record({
    nodes: fc.constant(nodes),
    rows: fc.array(
      fc.array(fc.integer({ min: -8, max: 8 }), {
        minLength: rnnPrimitives.length,
        maxLength: rnnPrimitives.length,
      }),
      { minLength: rnnEdgeCount(nodes), maxLength: rnnEdgeCount(nodes) },
    ),
  }),
);

describe('deriving a recurrent cell', () => {
  it('has 36 edges for 8 nodes', () => {
    expect(rnnEdgeCount(8)).toBe(36);
  });

  it('takes, for each node, an edge and op that no other beats', () => {
    fc.assert(
      fc.property(alphas, ({ nodes, rows }) => {
        const genotype = validateRnnGenotype(deriveRnn(rows, { nodes }));
        const weights = softmaxRows(rows);
        let first = 0;
        genotype.nodes.forEach(({ op, source }, i) => {
          const edges = weights.slice(first, first + i + 1).map((row) => row.slice(1));
          first += i + 1;
          expect(edges[source]?.[rnnPrimitives.indexOf(op) - 1]).toBe(Math.max(...edges.flat()));
        });
        expect(genotype.concat).toEqual(genotype.nodes.map((_, i) => i + 1));
      }),
    );
  });

  it('ranks by softmax weight: an edge on which none is strong is weak, whatever its alphas', () => {
    const rows = [flat(), [9, 5, 0, 0, 0], [0, 0, 4, 0, 0]];
    expect(deriveRnn(rows, { nodes: 2 }).nodes[1]).toEqual({ op: 'relu', source: 1 });
  });

  it('takes the first of equals', () => {
    expect(deriveRnn([flat(), flat(), flat()], { nodes: 2 }).nodes).toEqual([
      { op: 'tanh', source: 0 },
      { op: 'tanh', source: 0 },
    ]);
  });

  it('averages the last nodes when told to', () => {
    expect(deriveRnn([flat(), flat(), flat()], { nodes: 2, concatLast: 1 }).concat).toEqual([2]);
  });

  it.each([
    [[flat()], { nodes: 2 }, 'has 3 edges'],
    [[[0, 0, 0, 0]], { nodes: 1 }, 'row 0 of the alphas has 4 columns'],
    [[[0, 0, Number.NaN, 0, 0]], { nodes: 1 }, 'row 0, column 2 (relu) of the alphas is NaN'],
    [[flat()], { nodes: 1, concatLast: 2 }, 'concatLast is 2, of 1 nodes'],
  ])('refuses %j with %j', (rows, options, message) => {
    expect(() => deriveRnn(rows, options)).toThrow(message);
  });
});
