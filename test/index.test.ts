import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import {
  countParameters,
  createReferenceRuntime,
  exportOnnx,
  decodeModel,
  floats,
  grad,
  GraphBuilder,
  importOnnx,
  inferenceGraph,
  printGraph,
  publishedGenotypes,
  rnnSearchPresets,
  search,
  searchPresets,
  silentReporter,
  taskOf,
  tasks,
  validateGenotype,
  validateRnnGenotype,
} from '../src/index.ts';
import type { CnnPrimitive } from '../src/index.ts';

test('a graph, its gradient, its run, its file', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', [3]);
  const loss = b.op('ReduceSum', [b.op('Mul', [x, x])], { axes: [0], keepdims: 0 });
  const [gradient] = grad(b, loss, [x]);
  if (gradient === undefined) throw new Error('no gradient');
  const graph = b.finish('square', { loss, gradient });
  const program = await createReferenceRuntime().compile(graph);
  const outputs = await program.run(new Map([['x', floats([3], [1, -2, 3])]]));
  expect([...(outputs.get('loss')?.data ?? [])]).toEqual([14]);
  expect([...(outputs.get('gradient')?.data ?? [])]).toEqual([2, -4, 6]);
  expect(printGraph(importOnnx(decodeModel(exportOnnx(graph))).graph)).toContain('Mul(x, x)');
});

test('a published cell as a network', () => {
  const shape = { channels: 36, layers: 20, classes: 10, image: [3, 32, 32] } as const;
  expect(countParameters(inferenceGraph(shape, publishedGenotypes.DARTS_V2))).toBe(3_349_342);
});

const searches = {
  synthetic: {
    ...searchPresets.quick,
    channels: 2,
    layers: 1,
    nodes: 1,
    primitives: ['skip_connect', 'avg_pool_3x3'] satisfies CnnPrimitive[],
    epochs: 1,
    batch_size: 2,
    train_images: 4,
    valid_images: 2,
  },
  grammar: {
    ...rnnSearchPresets['quick-rnn'],
    units: 2,
    nodes: 1,
    epochs: 1,
    batch_size: 2,
    bptt: 4,
    train_tokens: 20,
    valid_tokens: 12,
    eval_batch_size: 2,
  },
};

test.each(['synthetic', 'grammar'] as const)('a search on %s in this process', async (data) => {
  const folder = mkdtempSync(join(tmpdir(), 'nascent-library-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const settings = searches[data];
  const { task, genotype, valid } = await search(
    {
      kind: 'new',
      out: join(folder, 'a'),
      engine: 'reference',
      config: { data, preset: 'tiny', settings },
    },
    silentReporter,
    new AbortController().signal,
  );
  expect(task).toBe(taskOf(data).name);
  expect(valid.metric).toBe(tasks[task].metric.name);
  // A cell of one node: one pair of inputs of each kind of cell, or one input.
  const { space } = tasks[task];
  const nodes =
    task === 'images' ? validateGenotype(genotype).normal.nodes : validateRnnGenotype(genotype).nodes;
  expect(nodes).toHaveLength(1);
  expect(space.fromJson(space.toJson(genotype))).toEqual(genotype);
});
