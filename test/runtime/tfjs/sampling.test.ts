/** Convolutions of a sampled image equal the strided ones, and all that leave one image share one sample of it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { rebuild } from '../../../src/graph/rebuild.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { sampleFirst } from '../../../src/runtime/tfjs/tensorflow/sampling.ts';
import { networkContext, factorizedReduce } from '../../../src/space/images/layers.ts';
import { operation } from '../../../src/space/images/operations.ts';
import type { CnnOp } from '../../../src/space/images/primitives.ts';
import { difference } from '../../support/compare.ts';
import { randomFeeds } from '../../support/feeds.ts';
import { tries } from '../../support/properties.ts';

const reducing = ['skip_connect', 'dil_conv_3x3', 'dil_conv_5x5', 'sep_conv_3x3'] as const satisfies CnnOp[];

/** Σy² of the reducing ops of one state, and its gradients. */
function reduction(ops: readonly CnnOp[], [height, width]: readonly [number, number]): Graph {
  const b = new GraphBuilder();
  const x = b.input('x', [2, 2, height, width]);
  const context = networkContext(b, { mode: 'train', affine: true });
  const terms = ops.map((op, i) => b.scope(`${i}`, () => operation(context, op, x, 2)));
  const y = b.op('Sum', terms);
  const wrt = b.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value);
  const gradients = grad(b, b.op('Dot', [y, y]), [x, ...wrt]);
  return b.finish('reduction', Object.fromEntries([y, ...gradients].map((value, i) => [`y${i}`, value])));
}

const samplesIn = ({ nodes }: Graph) =>
  nodes.filter((node) => node.op === 'Slice' && node.attributes.steps.some((step) => step > 1));

describe('a state that is reduced', () => {
  it('gives the same, and the same gradients', async () => {
    const reference = createReferenceRuntime();
    const even = fc.integer({ min: 1, max: 4 }).map((half) => 2 * half);
    const cases = fc.tuple(
      fc.subarray([...reducing], { minLength: 1 }),
      fc.tuple(even, even),
      fc.nat(0xffff),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([ops, size, seed]) => {
        const plain = reduction(ops, size);
        const feeds = randomFeeds(plain, seed);
        const expected = await (await reference.compile(plain)).run(feeds);
        const given = await (await reference.compile(rebuild(plain, sampleFirst))).run(feeds);
        expect(difference(given, expected, { absolute: 1e-9, relative: 1e-9 })).toBeUndefined();
      }),
      { numRuns: tries(20) },
    );
  });

  it('is sampled once for all that read the same pixels, forwards and back', () => {
    const graph = rebuild(reduction(reducing, [8, 8]), sampleFirst);
    // The even pixels, and those one further down and right that the other half of a factorised reduction reads.
    expect(samplesIn(graph)).toHaveLength(2);
  });

  it('keeps its strides where the windows are not of the sample alone', () => {
    const b = new GraphBuilder();
    const context = networkContext(b, { mode: 'train', affine: false });
    const y = operation(context, 'sep_conv_3x3', b.input('x', [1, 2, 8, 8]), 2);
    expect(samplesIn(rebuild(b.finish('separable', { y }), sampleFirst))).toHaveLength(0);
  });
});

it('an image that was cropped is sampled in one slice', () => {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: false });
  const y = factorizedReduce(context, b.input('x', [1, 2, 6, 6]), 2);
  const graph = rebuild(b.finish('reduction', { y }), sampleFirst);
  expect(graph.nodes.filter(({ op }) => op === 'Slice')).toEqual(samplesIn(graph));
});
