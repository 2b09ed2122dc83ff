/** Products of stacked states by ops of our own, in sizes that meet every loop of theirs. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { difference } from '../../support/compare.ts';
import { randomFeeds } from '../../support/feeds.ts';
import { tries } from '../../support/properties.ts';

const native = await loadTensorFlow().then(
  ({ nativeOps }) => nativeOps,
  () => false,
);

interface Stack {
  readonly edges: number;
  readonly batch: number;
  readonly units: number;
  readonly columns: number;
  /** Whether the weights' gradient is asked for. */
  readonly learned: boolean;
  readonly seed: number;
}

const whole = (max: number) => fc.integer({ min: 1, max });
const stacks: fc.Arbitrary<Stack> = fc.record({
  edges: whole(4),
  // A piece has 70 rows or 30, and what is summed at once is 256 deep.
  batch: fc.oneof(whole(40), fc.constantFrom(70, 150)),
  units: fc.oneof(whole(20), fc.constantFrom(33, 64, 90)),
  columns: fc.oneof(whole(20), fc.constantFrom(31, 32, 33, 90)),
  learned: fc.boolean(),
  seed: fc.nat(0xffff),
});

function productOf({ edges, batch, units, columns, learned }: Stack): Graph {
  const b = new GraphBuilder();
  const [w, mask] = [b.input('w', [units, columns]), b.input('mask', [batch, units])];
  const states = Array.from({ length: edges }, (_, j) => b.input(`s${j}`, [batch, units]));
  const y = b.op('StackedProduct', [w, mask, ...states]);
  const wanted: Value[] = [...states, ...(learned ? [w] : [])];
  const gradients = grad(b, b.op('Dot', [y, b.input('dy', [edges * batch, columns])]), wanted);
  const outputs = [y, ...gradients.map((gradient, i) => gradient ?? (wanted[i] as Value))];
  return b.finish('product', Object.fromEntries(outputs.map((value, i) => [`y${i}`, value])));
}

/** A loss whose gradient's gradient, by the mask and a weight, goes through the definitions of gradients. */
function twice(): Graph {
  const b = new GraphBuilder();
  const [w, mask, s] = [b.input('w', [3, 8]), b.input('mask', [2, 3]), b.input('s', [2, 3])];
  const states = [s, b.op('Tanh', [s])];
  const v = b.input('v', [3, 8]);
  const ch = b.op('StackedProduct', [w, mask, ...states]);
  const [halved] = b.node('Split', [ch], { axis: 1, split: [6, 2] });
  // Of one activation, the definition adds up sums of one term.
  const y = b.op('MixedHighway', [halved ?? ch, b.input('p', [2, 1]), ...states], { activations: ['Tanh'] });
  const [dw, dmask] = grad(b, b.op('Dot', [y, y]), [w, mask]);
  const along = b.op('Sum', [b.op('Dot', [dw ?? w, v]), b.op('Dot', [dmask ?? mask, mask])]);
  const [ddw, ds] = grad(b, along, [w, s]);
  return b.finish('twice', { dw: dw ?? w, dmask: dmask ?? mask, ddw: ddw ?? w, ds: ds ?? s });
}

describe.skipIf(!native)('products of stacked states by ops of our own', () => {
  it('are what the reference computes, of any size, and their gradients', async () => {
    const [reference, tfjs] = [createReferenceRuntime(), await createTfjsRuntime('tensorflow')];
    await fc.assert(
      fc.asyncProperty(stacks, async (one) => {
        const graph = productOf(one);
        const feeds = randomFeeds(graph, one.seed);
        const expected = await (await reference.compile(graph)).run(feeds);
        const program = await tfjs.compile(graph);
        const given = await program.run(feeds);
        program.dispose();
        // Sums of some hundred products of size 1 in float32.
        expect(difference(given, expected, { absolute: 2e-4, relative: 1e-5 })).toBeUndefined();
      }),
      { numRuns: tries(60) },
    );
  });

  it('have gradients of gradients that are those of the reference', async () => {
    const [reference, tfjs] = [createReferenceRuntime(), await createTfjsRuntime('tensorflow')];
    const graph = twice();
    const program = await tfjs.compile(graph);
    for (const seed of [1, 2, 3]) {
      const feeds = randomFeeds(graph, seed);
      const expected = await (await reference.compile(graph)).run(feeds);
      expect(
        difference(await program.run(feeds), expected, { absolute: 1e-4, relative: 1e-5 }),
      ).toBeUndefined();
    }
    program.dispose();
  });

  it('of no rows have a gradient of zeros', async () => {
    const tfjs = await createTfjsRuntime('tensorflow');
    const graph = productOf({ edges: 2, batch: 0, units: 3, columns: 20, learned: true, seed: 1 });
    const program = await tfjs.compile(graph);
    const given = await program.run(randomFeeds(graph, 1));
    expect([...(given.get('y3')?.data ?? [])]).toEqual(Array.from({ length: 60 }, () => 0));
    program.dispose();
  });
});
