/** Images of one channel on the way back: TensorFlow's own kernel leaves out taps of the filter on some processors. */
import { expect, test } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { floats } from '../../../src/graph/tensor.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';

const loaded = await loadTensorFlow().catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});

test.skipIf(loaded === undefined)(
  'a transposed convolution from one channel to one has every tap',
  async () => {
    const b = new GraphBuilder();
    const [x, w] = [b.input('x', [2, 1, 1, 2]), b.input('w', [1, 1, 2, 2])];
    const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 } as const;
    const y = b.op('ConvTranspose', [x, w], { ...plain, output_padding: [0, 0] });
    const program = await (await createTfjsRuntime('tensorflow')).compile(b.finish('one', { y }));
    const given = await program.run(
      new Map([
        ['x', floats([2, 1, 1, 2], [1, 10, 100, 1000])],
        ['w', floats([1, 1, 2, 2], [1, 2, 3, 4])],
      ]),
    );
    program.dispose();
    expect([...(given.get('y')?.data ?? [])]).toEqual([
      1, 12, 20, 3, 34, 40, 100, 1200, 2000, 300, 3400, 4000,
    ]);
  },
);
