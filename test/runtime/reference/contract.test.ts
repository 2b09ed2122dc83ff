import { expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { contract } from '../conformance/contract.ts';

const runtime = createReferenceRuntime();
contract(async () => Promise.resolve(runtime));

it('says which node makes more numbers than can be held', async () => {
  const b = new GraphBuilder();
  const wide = b.op('Expand', [b.input('x', [1, 1])], { shape: [2 ** 40, 2 ** 20] });
  const graph = b.finish('wide', { y: b.op('ReduceSum', [wide], { axes: [0, 1], keepdims: 0 }) });
  const x = { dtype: 'float32', shape: [1, 1], data: Float32Array.of(1) } as const;
  const ran = (await runtime.compile(graph)).run(new Map([['x', x]]));
  await expect(ran).rejects.toMatchObject({
    code: 'runtime/failed',
    message: 'Expand "expand" makes 1099511627776 × 1048576 numbers: too many to hold',
  });
});
