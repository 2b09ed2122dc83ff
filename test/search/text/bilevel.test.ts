/** What a recurrent search's steps move, and what they leave alone. */
import { describe, expect, it } from 'vitest';
import { batchify, slice } from '../../../src/data/text/batches.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { textBilevel } from '../../support/text-bilevel.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../../src/tasks/text/search-settings.ts';
import { rnnPrimitives } from '../../../src/space/text/primitives.ts';

const shape = { words: 5, units: 4, nodes: 2, primitives: rnnPrimitives };
const config: RnnSearchConfig = {
  ...rnnSearchPresets['darts-rnn'],
  units: 4,
  nodes: 2,
  batch_size: 3,
  bptt: 4,
  dropout_embedding: 0.1,
};
const table = batchify(
  Int32Array.from({ length: 60 }, (_, i) => (i * i) % 5),
  3,
);
const [training, valid] = [slice(table, 0, 4), slice(table, 8, 4)];
/** Four masks of units, three rows each, and one of words. */
const drawsInAPass = 4 * 3 * 4 + 5;

describe.each([
  [1, 1],
  [2, 4],
] as const)('the alpha step of order %i', (order, passes) => {
  const begin = async () => {
    const runtime = createReferenceRuntime();
    const store = runtime.createStore();
    const programs = await textBilevel(runtime, store, shape, { ...config, order }, new Random(1));
    programs.forget();
    return { store, programs };
  };
  const names = ['alpha', 'hidden.training', 'hidden.valid', 'cell.node.0.weight'] as const;

  it('draws masks anew for each of its passes', async () => {
    const { programs } = await begin();
    const masks = new Random(7);
    await programs.alpha({ training, valid }, 1, 20, masks);
    expect(masks.state.counter).toBe(passes * drawsInAPass);
    await programs.weight(training, 20, masks);
    expect(masks.state.counter).toBe((passes + 1) * drawsInAPass);
  });

  it('moves alphas and the hidden state of the validation text; the weight step, the others', async () => {
    const { store, programs } = await begin();
    const masks = new Random(7);
    const before = await store.read(names);
    await programs.alpha({ training, valid }, 1, 20, masks);
    const between = await store.read(names);
    await programs.weight(training, 20, masks);
    const after = await store.read(names);
    const moved = (from: typeof before, to: typeof before) =>
      names.filter((name) => String(from.get(name)?.data) !== String(to.get(name)?.data));
    expect(moved(before, between)).toEqual(['alpha', 'hidden.valid']);
    expect(moved(between, after)).toEqual(['hidden.training', 'cell.node.0.weight']);
    programs.forget();
    const forgotten = await store.read(['hidden.training', 'hidden.valid']);
    for (const { data } of forgotten.values()) expect(data.every((value) => value === 0)).toBe(true);
  });
});
