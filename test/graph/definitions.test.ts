import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isOwn, opNames } from '../../src/graph/ops.ts';
import { lower } from '../../src/graph/definitions.ts';
import { verify } from '../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { casesOf } from '../support/arbitraries.ts';
import { opGraph } from '../support/case.ts';
import { difference } from '../support/compare.ts';
import { tries } from '../support/properties.ts';

const runtime = createReferenceRuntime();

describe('an op of ours is what its definition in standard ops says', () => {
  for (const op of opNames.filter(isOwn)) {
    it(op, async () => {
      await fc.assert(
        fc.asyncProperty(casesOf(op), async (opCase) => {
          const { graph, feeds } = opGraph(opCase);
          const lowered = verify(lower(graph));
          expect(lowered.nodes.filter((node) => isOwn(node.op))).toEqual([]);
          const direct = await (await runtime.compile(graph)).run(feeds);
          const defined = await (await runtime.compile(lowered)).run(feeds);
          expect(difference(defined, direct, { absolute: 1e-12, relative: 1e-12 })).toBeUndefined();
        }),
        { numRuns: tries(60) },
      );
    });
  }

  it('keeps the ops it is told to keep', () => {
    const [first] = fc.sample(casesOf('BatchNormTrain'), { numRuns: 1 });
    if (first === undefined) throw new Error('no sample');
    const { graph } = opGraph(first);
    const kept = lower(graph, (op) => op === 'BatchNormTrain');
    expect(kept.nodes.map(({ op }) => op)).toEqual(['BatchNormTrain']);
    expect(lower(graph).nodes.map(({ op }) => op)).toContain('BatchNormalization');
  });
});
