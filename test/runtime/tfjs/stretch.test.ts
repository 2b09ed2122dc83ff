/** Stretching along more groups of axes than TensorFlow does by itself. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { stretches } from '../../../src/runtime/tfjs/tensorflow/stretch.ts';
import { difference } from '../../support/compare.ts';
import { randomFeeds } from '../../support/feeds.ts';
import { tries } from '../../support/properties.ts';

const loaded = await loadTensorFlow().catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});

/** Of each axis its extent, and whether the first and the second operand have it, or have 1. */
type Axis = readonly [extent: number, first: boolean, second: boolean];

const axes: fc.Arbitrary<readonly Axis[]> = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.boolean()),
  { minLength: 5, maxLength: 7 },
);
const alternating: readonly Axis[] = [2, 3, 3, 3, 2, 2].map((extent, axis) => [extent, axis % 2 === 0, true]);

function both(all: readonly Axis[]): Graph {
  const b = new GraphBuilder();
  const shape = all.map(([extent, first, second]) => (first || second ? extent : 1));
  const x = b.input(
    'x',
    all.map(([extent, first]) => (first ? extent : 1)),
  );
  const y = b.input(
    'y',
    all.map(([extent, , second]) => (second ? extent : 1)),
  );
  return b.finish('both', {
    expanded: b.op('Expand', [x], { shape }),
    product: b.op('Mul', [x, y]),
    smaller: b.op('Cast', [b.op('Less', [x, y])], { to: 'float32' }),
    least: b.op('Min', [y, x]),
    chosen: b.op('Where', [b.op('Less', [x, y]), x, y]),
  });
}

test.skipIf(loaded === undefined)('gives what the reference gives, along any axes', async () => {
  const [reference, tfjs] = [createReferenceRuntime(), await createTfjsRuntime('tensorflow')];
  await fc.assert(
    fc.asyncProperty(axes, fc.nat(0xffff), async (all, seed) => {
      const graph = both(all);
      const feeds = randomFeeds(graph, seed);
      const expected = await (await reference.compile(graph)).run(feeds);
      const program = await tfjs.compile(graph);
      const given = await program.run(feeds);
      program.dispose();
      expect(difference(given, expected, { absolute: 1e-6, relative: 1e-6 })).toBeUndefined();
    }),
    { numRuns: tries(40), examples: [[alternating, 1]] },
  );
});

test('groups are of axes that are stretched alike, and an axis of one is part of either', () => {
  expect(stretches([[2, 1, 3, 1, 2, 1]], [2, 3, 3, 3, 2, 2])).toBe(false);
  expect(stretches([[2, 1, 3, 1, 2, 2]], [2, 3, 3, 3, 2, 2])).toBe(true);
  expect(stretches([[2, 1, 3, 1, 2, 1, 1]], [2, 3, 3, 3, 2, 1, 1])).toBe(true);
  expect(
    stretches(
      [
        [1, 3, 1, 2, 1],
        [2, 1, 3, 1, 2, 1],
      ],
      [2, 1, 3, 3, 2, 2],
    ),
  ).toBe(true);
});
