/** Pairs of pixels, and images side by side and apart: by ops of our own, of any number of channels, the very numbers. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { difference } from '../../support/compare.ts';
import { randomFeeds } from '../../support/feeds.ts';
import { tries } from '../../support/properties.ts';

const loaded = await loadTensorFlow().catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});

const upTo = (max: number) => fc.integer({ min: 1, max });
const channels = fc.oneof(upTo(5), fc.constantFrom(8, 12, 16, 17, 24, 36, 48));

describe.skipIf(loaded?.nativeOps !== true)('channels are moved as the reference does', () => {
  it('to pairs of pixels and back, and to one image and apart', async () => {
    const [reference, tfjs] = [createReferenceRuntime(), await createTfjsRuntime('tensorflow')];
    const cases = fc.tuple(upTo(5), fc.array(channels, { minLength: 2, maxLength: 4 }), upTo(4), upTo(4));
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(0xffff), async ([batch, parts, height, width], seed) => {
        const b = new GraphBuilder();
        const size = [2 * height, 2 * width] as const;
        const images = parts.map((count, i) => b.input(`x${i}`, [batch, count, ...size]));
        const joined = b.op('Concat', images, { axis: 1 });
        const total = parts.reduce((sum, count) => sum + count, 0);
        const pairs = b.op('PixelPairs', [joined]);
        const dy = b.input('dy', [batch, 2 * total, height, width]);
        // Asked of a convolution, so that all is held in its layout.
        const w = b.input('w', [2, total, 1, 1]);
        const conv = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 } as const;
        const spread = [b.op('PixelPairsGrad', [dy]), b.op('PixelPairsGrad', [dy, joined])];
        const apart = spread.flatMap((x) => b.node('Split', [x], { axis: 1, split: parts }));
        const graph = b.finish('channels', {
          pairs,
          ...Object.fromEntries(apart.map((value, i) => [`part${i}`, value])),
          y: b.op('Conv', [joined, w], conv),
        });
        const feeds = randomFeeds(graph, seed);
        const [expected, given] = [
          await (await reference.compile(graph)).run(feeds),
          await (await tfjs.compile(graph)).run(feeds),
        ];
        const y = expected.get('y');
        for (const results of [expected, given]) results.delete('y');
        // Nothing is rounded but the sum of two numbers.
        expect(difference(given, expected, { absolute: 1e-6, relative: 1e-7 })).toBeUndefined();
        expect(y?.data).toHaveLength(batch * 2 * 4 * height * width);
      }),
      { numRuns: tries(40) },
    );
  });
});
