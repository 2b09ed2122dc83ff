import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { floats, scalar } from '../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { sgd, type Updates } from '../../src/learn/optimizers.ts';
import { plainSgd } from '../../src/learn/plain-sgd.ts';

it.each([0.25, 1e6])('is SGD of no momentum, without its state: clipped to %d', async (clip) => {
  const b = new GraphBuilder();
  const weight = b.input('weight', [3]);
  const gradient = b.input('gradient', [3]);
  const rate = b.input('rate', []);
  const [plain, usual]: [Updates, Updates] = [new Map(), new Map()];
  plainSgd(b, [weight], [gradient], rate, { weightDecay: 0.1, clip }, plain);
  sgd(b, [weight], [gradient], rate, { momentum: 0, weightDecay: 0.1, clip }, usual);
  expect([...plain.keys()]).toEqual(['weight']);
  const [ours, theirs] = [plain.get('weight'), usual.get('weight')];
  if (ours === undefined || theirs === undefined) throw new Error('no update');
  const program = await createReferenceRuntime().compile(b.finish('both', { ours, theirs }));
  const outputs = await program.run(
    new Map([
      ['weight', floats([3], [1, -2, 3])],
      ['gradient', floats([3], [3, 0, -4])],
      ['rate', scalar(2)],
      ['velocity.weight', floats([3], [0, 0, 0])],
    ]),
  );
  const expected = [...(outputs.get('theirs')?.data ?? [])];
  expect(expected).toHaveLength(3);
  for (const [i, value] of (outputs.get('ours')?.data ?? []).entries())
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 12);
});
