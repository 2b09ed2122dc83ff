import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { countParameters } from '../../../src/graph/count.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { noPenalties } from '../../../src/space/text/loss.ts';
import { noDropout } from '../../../src/space/text/masks.ts';
import { derivedNetwork, searchNetwork } from '../../../src/space/text/networks.ts';
import { rnnPrimitives } from '../../../src/space/text/primitives.ts';
import { derivedModelSize, searchModelSize } from '../../../src/space/text/size.ts';
import { arbitraryRnnGenotype } from './arbitrary.ts';

const shapes = fc.record({ words: fc.integer({ min: 2, max: 9 }), units: fc.integer({ min: 1, max: 6 }) });
const size = { steps: 3, batch: 2, rates: noDropout, penalties: noPenalties };

/** What products give for one token of one piece, but for x·W_x: only its sum with another product is needed again. */
function productsIn({ nodes }: Graph): number {
  const given = nodes
    .filter(({ op }) => op === 'MatMul' || op === 'Gemm')
    .reduce((sum, { outputs }) => {
      const shape = outputs[0]?.type.shape ?? [];
      return sum + shape.reduce<number>((product, dim) => product * Number(dim), 1);
    }, 0);
  return given / (size.steps * size.batch);
}

test('the network of a search is as large as its graph', () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 5 }), (shape, nodes) => {
      const b = new GraphBuilder();
      const { loss } = searchNetwork(b, { ...shape, nodes, primitives: rnnPrimitives }, size, 'infer');
      const graph = b.finish('search', { loss });
      const { parameters, products } = searchModelSize(shape, nodes);
      expect(parameters).toBe(countParameters(graph));
      expect(products + 2 * shape.units).toBeCloseTo(productsIn(graph), 6);
    }),
  );
});

test('the network of a genotype is as large as its graph', () => {
  fc.assert(
    fc.property(shapes, arbitraryRnnGenotype(), (shape, genotype) => {
      const b = new GraphBuilder();
      const { loss } = derivedNetwork(b, shape, genotype, size);
      const graph = b.finish('derived', { loss });
      const { parameters, products } = derivedModelSize(shape, genotype);
      expect(parameters).toBe(countParameters(graph));
      expect(products + 2 * shape.units).toBeCloseTo(productsIn(graph), 6);
    }),
  );
});

test('the networks of the paper have its sizes', () => {
  expect(searchModelSize({ words: 10_000, units: 300 }, 8).parameters).toBe(4_810_000);
});
