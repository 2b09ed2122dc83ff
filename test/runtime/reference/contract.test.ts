import { expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { contract } from '../conformance/contract.ts';

const runtime = createReferenceRuntime();
contract(async () => Promise.resolve(runtime));

it('says which node makes more numbers than can be held', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', ['n', 1]);
  const wide = b.op('Mul', [x, b.op('Transpose', [x], { perm: [1, 0] })]);
  const graph = b.finish('wide', { y: b.op('ReduceSum', [wide], { axes: [0, 1], keepdims: 0 }) });
  const fed = { dtype: 'float32', shape: [2 ** 16, 1], data: new Float32Array(2 ** 16) } as const;
  const ran = (await runtime.compile(graph)).run(new Map([['x', fed]]));
  await expect(ran).rejects.toMatchObject({
    code: 'runtime/failed',
    message: 'Mul "mul" makes 65536 × 65536 numbers: too many to hold',
  });
});
