/**
 * Convolutions of images of one channel, strided along their width only, of which one column comes out: TensorFlow's own
 * kernel for a CPU reads the wrong rows there. Our random cases met one only now and then.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { opGraph, type OpCase } from '../../support/case.ts';
import { difference } from '../../support/compare.ts';
import { tries } from '../../support/properties.ts';
import { float32Tolerance } from '../conformance/conformance.ts';

const missing = await loadTensorFlow().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof NascentError && error.code === 'runtime/unavailable') return error.message;
    throw error;
  },
);

const cases: fc.Arbitrary<OpCase<'Conv'>> = fc
  .record({
    batch: fc.integer({ min: 2, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 3 })),
    rows: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 2, max: 4 }),
    over: fc.nat({ max: 3 }),
    pads: fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 1 }), fc.nat({ max: 1 }), fc.nat({ max: 1 })),
    seed: fc.nat(),
  })
  .map(({ batch, outputs, kernel: [kh, kw], rows, stride, over, pads, seed }) => {
    // Wider than the kernel by less than the stride, pads included: one column.
    const width = Math.max(1, kw + (over % stride) - pads[1] - pads[3]);
    const odd = (shape: readonly number[], nth: number) =>
      ({ dtype: 'float32', shape, fill: { kind: 'odd', seed: seed + nth } }) as const;
    return {
      op: 'Conv',
      attributes: { strides: [1, stride], pads, dilations: [1, 1], group: 1 },
      inputs: [odd([batch, 1, kh + rows, width], 0), odd([outputs, 1, kh, kw], 1)],
    };
  });

it.skipIf(missing !== undefined)('the rows are those of the image', async () => {
  const [tensorflow, reference] = [await createTfjsRuntime('tensorflow'), createReferenceRuntime()];
  await fc.assert(
    fc.asyncProperty(cases, async (opCase) => {
      const { graph, feeds } = opGraph(opCase);
      const expected = await (await reference.compile(graph)).run(feeds);
      const program = await tensorflow.compile(graph);
      const found = await program.run(feeds);
      program.dispose();
      expect(difference(found, expected, float32Tolerance)).toBeUndefined();
    }),
    { numRuns: tries(60) },
  );
});
