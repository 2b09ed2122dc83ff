/** Batch norms of training by ops of our own, in sizes that meet every loop of theirs. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { randomFeeds } from '../../support/feeds.ts';
import { tries } from '../../support/properties.ts';
import { differenceBeyondRounding } from '../conformance/rounding.ts';

const native = await loadTensorFlow().then(
  ({ nativeOps }) => nativeOps,
  () => false,
);

const whole = (max: number, min = 1) => fc.integer({ min, max });

/** Shapes of few numbers and of many, whose rows fill vectors and do not. */
const norms: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.tuple(whole(70, 2), fc.oneof(whole(40), fc.constantFrom(300, 9000))),
  fc.array(whole(6, 2), { minLength: 3, maxLength: 5 }),
  fc.tuple(whole(5, 2), fc.oneof(whole(20), fc.constantFrom(64)), whole(20), whole(20)),
);

/** A batch norm in training and its gradient. */
function normed(shape: readonly number[]): Graph {
  const b = new GraphBuilder();
  const channels = [shape[1] ?? 1];
  const [x, dy] = [b.input('x', shape), b.input('dy', shape)];
  const [scale, bias] = [b.input('scale', channels), b.input('bias', channels)];
  const attributes = { epsilon: 1e-5 };
  const outputs = b.node('BatchNormTrain', [x, scale, bias], attributes);
  const [, mean = x, variance = x] = outputs;
  const gradients = b.node('BatchNormTrainGrad', [dy, x, scale, mean, variance], attributes);
  return b.finish(
    'normed',
    Object.fromEntries([...outputs, ...gradients].map((value, i) => [`y${i}`, value])),
  );
}

describe.skipIf(!native)('batch norms by ops of our own', () => {
  it('are what the reference computes, of any shape, and of numbers far from 0', async () => {
    const [reference, tfjs] = [createReferenceRuntime(), await createTfjsRuntime('tensorflow')];
    await fc.assert(
      fc.asyncProperty(norms, fc.constantFrom(0, 1, 300), fc.nat(0xffff), async (shape, far, seed) => {
        const graph = normed(shape);
        const feeds = randomFeeds(graph, seed);
        feeds.get('x')?.data.forEach((value, i, data) => (data[i] = value + far));
        const expected = await (await reference.compile(graph)).run(feeds);
        const program = await tfjs.compile(graph);
        const given = await program.run(feeds);
        program.dispose();
        const usual = { absolute: 1e-5, relative: 1e-5 };
        expect(await differenceBeyondRounding(graph, feeds, given, expected, usual)).toBeUndefined();
      }),
      { numRuns: tries(60) },
    );
  });
});
