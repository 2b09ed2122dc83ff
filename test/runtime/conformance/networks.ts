/** Small random networks, forwards and with their gradients: ops as they meet each other in a search. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import type { Tolerance } from '../../support/compare.ts';
import { buildNetwork, feedsOfNetwork, networkCases } from '../../support/network.ts';
import { tries } from '../../support/properties.ts';
import { differenceBeyondRounding } from './rounding.ts';

export function networks(runtime: () => Promise<Runtime>, tolerance: Tolerance): void {
  const reference = createReferenceRuntime();

  for (const order of [0, 1, 2] as const) {
    const what = ['the loss', 'and its gradient', 'and the gradient of its gradient'][order];
    describe('a small network equals the reference', () => {
      it(`${what}`, async () => {
        await fc.assert(
          fc.asyncProperty(networkCases, async (network) => {
            const b = new GraphBuilder();
            const { loss, weights } = buildNetwork(b, network);
            const first = order > 0 ? grad(b, loss, weights) : [];
            const norm =
              order > 1
                ? b.op(
                    'Sum',
                    first.map((gradient) => b.op('Dot', [gradient, gradient])),
                  )
                : loss;
            const second = order > 1 ? grad(b, norm, weights) : [];
            const named = [loss, ...first, ...second].map((value, i) => [`y${i}`, value] as const);
            const graph = b.finish('network', Object.fromEntries(named));
            const feeds = feedsOfNetwork(graph, network);
            const expected = await (await reference.compile(graph)).run(feeds);
            const program = await (await runtime()).compile(graph);
            try {
              const given = await program.run(feeds);
              const apart = await differenceBeyondRounding(graph, feeds, given, expected, tolerance);
              expect(apart).toBeUndefined();
            } finally {
              program.dispose();
            }
          }),
          { numRuns: tries(10) },
        );
      });
    });
  }
}
