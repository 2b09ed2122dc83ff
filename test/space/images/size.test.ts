import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { countParameters } from '../../../src/graph/count.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { imageInput } from '../../../src/space/images/cnn.ts';
import { networkContext } from '../../../src/space/images/layers.ts';
import { inferenceGraph } from '../../../src/space/images/network-graphs.ts';
import { cnnPrimitives, dartsPrimitives } from '../../../src/space/images/primitives.ts';
import { DARTS_V2 } from '../../../src/space/images/published.ts';
import { evaluationSize, supernetSize } from '../../../src/space/images/size.ts';
import { alphaInputs, supernet, type SupernetShape } from '../../../src/space/images/supernet.ts';
import { arbitraryGenotype } from './genotype-arbitrary.ts';
import { tries } from '../../support/properties.ts';

const outer = fc.record({
  channels: fc.integer({ min: 1, max: 4 }).map((half) => 2 * half),
  layers: fc.integer({ min: 1, max: 7 }),
  classes: fc.integer({ min: 2, max: 5 }),
});

function supernetGraph(shape: SupernetShape): Graph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'infer', affine: false });
  return b.finish('supernet', {
    logits: supernet(context, shape, imageInput(b, shape, 1), alphaInputs(b, shape)),
  });
}

/** What convolutions give for one image, read off the graph. */
function convolvedIn({ nodes }: Graph): number {
  return nodes
    .filter(({ op }) => op === 'Conv')
    .reduce((sum, { outputs }) => {
      const [, ...perImage] = outputs[0]?.type.shape ?? [];
      return sum + perImage.reduce<number>((product, dim) => product * Number(dim), 1);
    }, 0);
}

test('a supernet is as large as its graph', () => {
  const shapes = fc.record({
    outer,
    nodes: fc.integer({ min: 1, max: 3 }),
    primitives: fc.shuffledSubarray([...cnnPrimitives], { minLength: 1 }),
  });
  fc.assert(
    fc.property(shapes, ({ outer: sizes, nodes, primitives }) => {
      fc.pre(primitives.some((op) => op !== 'none'));
      const shape = { ...sizes, nodes, primitives, image: [3, 16, 8] } as const;
      const graph = supernetGraph(shape);
      expect(supernetSize(shape)).toEqual({
        parameters: countParameters(graph),
        convolved: convolvedIn(graph),
      });
    }),
    { numRuns: tries(25) },
  );
});

test('a network of a genotype is as large as its graph, on both stems', () => {
  fc.assert(
    fc.property(
      outer,
      arbitraryGenotype(3),
      fc.constantFrom('cifar10', 'imagenet'),
      (sizes, genotype, stem) => {
        const shape = { ...sizes, stem, image: [3, 64, 32] } as const;
        const graph = inferenceGraph(shape, genotype);
        expect(evaluationSize(shape, genotype)).toEqual({
          parameters: countParameters(graph),
          convolved: convolvedIn(graph),
        });
      },
    ),
    { numRuns: tries(50) },
  );
});

test('the networks of the paper have its sizes', () => {
  const small = { classes: 10, image: [3, 32, 32] } as const;
  expect(
    supernetSize({ ...small, channels: 16, layers: 8, nodes: 4, primitives: dartsPrimitives }).parameters,
  ).toBe(1_930_618);
  expect(evaluationSize({ ...small, channels: 36, layers: 20 }, DARTS_V2).parameters).toBe(3_349_342);
});
