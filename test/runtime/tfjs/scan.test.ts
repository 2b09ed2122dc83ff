/**
 * Scans of very many steps, and of none: what a step makes is let go at once, tensors by the hundred thousand fit in no list of
 * arguments, and what there is none of has a shape all the same.
 */
import { describe, expect, it } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { floats } from '../../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
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

describe('a Scan of no steps', () => {
  /** Of `x` [length, 3]: twice the sum of all, and which of its numbers were positive. */
  function graphOf(length: number) {
    const body = new GraphBuilder();
    const [sum, row, factor] = [body.input('sum', []), body.input('row', [3]), body.input('factor', [])];
    const own = body.op('Mul', [body.op('ReduceSum', [row], { axes: [0], keepdims: 0 }), factor]);
    const step = body.finish('step', {
      after: body.op('Add', [sum, own]),
      signs: body.op('Greater', [row, body.constant(0)]),
      at: body.op('ArgMax', [row], { axis: 0, keepdims: 1 }),
    });
    const b = new GraphBuilder();
    const [x, start] = [b.input('x', [length, 3]), b.input('start', [])];
    const [whole, signs, at] = b.node('Scan', [start, x, b.constant(2)], {
      body: step,
      states: 1,
      sequences: 1,
    });
    return b.finish('signs', { whole: whole!, signs: signs!, at: at! });
  }
  const runtimes = {
    reference: async () => Promise.resolve(createReferenceRuntime()),
    'tfjs-cpu': async () => createTfjsRuntime('cpu'),
    'tfjs-node-gpu': async () => createTfjsRuntime('tensorflow'),
  } as const;
  for (const [name, open] of Object.entries(runtimes)) {
    it.skipIf(name === 'tfjs-node-gpu' && missing !== undefined)(
      `hands on what it was given, in ${name}`,
      async () => {
        for (const rows of [0, 2]) {
          const program = await (await open()).compile(graphOf(rows));
          const fed = new Map([
            ['x', floats([rows, 3], new Float32Array(3 * rows).fill(1))],
            ['start', floats([], [7])],
          ]);
          for (const found of [await program.run(fed), await program.run(fed)]) {
            expect([...found].map(([, { dtype, shape }]) => `${dtype}[${shape.join()}]`)).toEqual([
              'float32[]',
              `bool[${rows},3]`,
              `int64[${rows},1]`,
            ]);
            expect([...(found.get('whole')?.data ?? [])]).toEqual([7 + 6 * rows]);
          }
          program.dispose();
        }
      },
    );
  }
});
