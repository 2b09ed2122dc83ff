import { describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../src/graph/builder.ts';
import { batchesFor, fedInputs, seededCases } from '../../src/parity/seeded-inputs.ts';

const options = { seeds: [1, 2], batches: [2, 3], extents: { time: 4 } };

function languageModel() {
  const b = new GraphBuilder();
  const tokens = b.input('tokens', ['time', 'batch'], { dtype: 'int64' });
  const hidden = b.input('hidden', ['batch', 6]);
  const embedding = b.input('embedding', [11, 6], { role: 'weight' });
  const x = b.op('Gather', [embedding, tokens], { axis: 0 });
  const graph = b.finish('language', { x: b.op('Add', [x, hidden]) });
  const weights = new Map([
    ['embedding', { dtype: 'float32', shape: [11, 6], data: new Float32Array(66) }] as const,
  ]);
  return { graph, inputs: fedInputs(graph, weights) };
}

describe('inputs drawn by seed', () => {
  it('have the shapes that batch and extents give them, in every input', () => {
    const { graph, inputs } = languageModel();
    const cases = seededCases(graph, inputs, options);
    expect(cases.map(({ label, batch }) => [label, batch])).toEqual([
      ['seed 1', 2],
      ['seed 1', 3],
      ['seed 2', 2],
      ['seed 2', 3],
    ]);
    for (const { batch, feeds } of cases) {
      expect([...feeds.keys()]).toEqual(['tokens', 'hidden']);
      expect(feeds.get('tokens')).toMatchObject({ dtype: 'int64', shape: [4, batch] });
      expect(feeds.get('hidden')).toMatchObject({ dtype: 'float32', shape: [batch, 6] });
    }
  });

  it('are the same for the same seed, and others for another', () => {
    const { graph, inputs } = languageModel();
    const [a, b] = [seededCases(graph, inputs, options), seededCases(graph, inputs, options)];
    expect(a).toEqual(b);
    expect(a[0]?.feeds.get('hidden')).not.toEqual(a[2]?.feeds.get('hidden'));
  });

  it('are ids that the table they are looked up in has, all of them', () => {
    const { graph, inputs } = languageModel();
    const cases = seededCases(graph, inputs, { ...options, batches: [64] });
    const ids = cases.flatMap(({ feeds }) => Array.from(feeds.get('tokens')?.data ?? []));
    expect([...new Set(ids)].toSorted((x, y) => x - y)).toEqual(Array.from({ length: 11 }, (_, i) => i));
  });
});

describe('the batch', () => {
  const withBatch = (dim: number | string) => {
    const b = new GraphBuilder();
    const graph = b.finish('g', { y: b.op('Relu', [b.input('x', [dim, 3])]) });
    return fedInputs(graph, new Map());
  };

  it('is as asked where it is open, whatever it is called, and as fixed where it is not', () => {
    expect(batchesFor(withBatch('N'), [1, 3])).toEqual([1, 3]);
    expect(batchesFor(withBatch(5), [1, 3])).toEqual([5]);
  });
});
