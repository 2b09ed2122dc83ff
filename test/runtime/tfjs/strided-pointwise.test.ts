/**
 * The filter gradient of a 1×1 convolution of stride 2 over images of even size, which every reduction of a network has.
 * TensorFlow's own kernel for a CPU writes past its buffer there: at these sizes, a process that does it six times does
 * not live.
 */
import { expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import { NascentError } from '../../../src/errors.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { floats } from '../../../src/graph/tensor.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';

const missing = await loadTensorFlow().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof NascentError && error.code === 'runtime/unavailable') return error.message;
    throw error;
  },
);

async function gradientOf(runtime: Runtime, size: number, times: number): Promise<number[]> {
  const b = new GraphBuilder();
  const x = b.input('x', [2, 2, size, size]);
  const w = b.input('w', [2, 2, 1, 1]);
  const strided = { strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 } as const;
  const y = b.op('Conv', [x, w], strided);
  const [gradient = w] = grad(b, b.op('Dot', [y, y]), [w]);
  const program = await runtime.compile(b.finish('gradient', { gradient }));
  const random = new Random(1);
  const draw = (shape: readonly number[], length: number) =>
    floats(
      shape,
      Float32Array.from({ length }, () => random.normal()),
    );
  const feeds = new Map([
    ['x', draw([2, 2, size, size], 4 * size * size)],
    ['w', draw([2, 2, 1, 1], 4)],
  ]);
  let found: number[] = [];
  for (let time = 0; time < times; time++)
    found = [...((await program.run(feeds)).get('gradient')?.data ?? [])];
  program.dispose();
  return found;
}

it.skipIf(missing !== undefined).each([55, 56, 112])('over images of %i', async (size) => {
  const expected = await gradientOf(createReferenceRuntime(), size, 1);
  const found = await gradientOf(await createTfjsRuntime('tensorflow'), size, 6);
  found.forEach((value, i) => expect(value / (expected[i] ?? 0)).toBeCloseTo(1, 4));
});
