/**
 * Scans of very many steps: what a step makes is let go at once, and tensors by the hundred thousand fit in no list of
 * arguments.
 */
import { describe, expect, it } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { floats } from '../../../src/graph/tensor.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';

const missing = await loadTensorFlow().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof NascentError && error.code === 'runtime/unavailable') return error.message;
    throw error;
  },
);

const steps = 200_000;

/** How many ones there are so far, before every step, and in all. */
function counting() {
  const body = new GraphBuilder();
  const [before, here] = [body.input('before', []), body.input('here', [])];
  const after = body.op('Add', [before, here]);
  const step = body.finish('step', { after, every: body.op('Identity', [before]) });
  const b = new GraphBuilder();
  const ones = b.input('ones', [steps]);
  const [whole, every] = b.node('Scan', [b.constant(0), ones], { body: step, states: 1, sequences: 1 });
  return b.finish('counting', { whole: whole!, every: every! });
}

describe('a Scan of 200,000 steps', () => {
  for (const backend of ['cpu', 'tensorflow'] as const) {
    it.skipIf(backend === 'tensorflow' && missing !== undefined)(`ends, in tfjs's ${backend}`, async () => {
      const program = await (await createTfjsRuntime(backend)).compile(counting());
      const found = await program.run(new Map([['ones', floats([steps], new Float32Array(steps).fill(1))]]));
      program.dispose();
      expect(found.get('whole')?.data[0]).toBe(steps);
      expect([0, 1, steps - 1].map((at) => found.get('every')?.data[at])).toEqual([0, 1, steps - 1]);
    });
  }
});
