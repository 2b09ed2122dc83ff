/** Paths that training drops: what they multiply is a batch norm by statistics that a half of ours made. */
import { expect, test } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { networkContext } from '../../../src/space/images/layers.ts';
import { operation } from '../../../src/space/images/operations.ts';
import { difference } from '../../support/compare.ts';
import { randomFeeds } from '../../support/feeds.ts';

const loaded = await loadTensorFlow().catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});

/** Two paths of a node, each times a number an image, a loss of their sum, and its gradients. */
function node(channels: number): Graph {
  const b = new GraphBuilder();
  const x = b.input('x', [3, channels, 6, 6]);
  const context = networkContext(b, { mode: 'train', affine: true });
  const paths = (['sep_conv_3x3', 'dil_conv_5x5'] as const).map((op) => {
    const mask = b.input(`mask.${op}`, [3, 1, 1, 1]);
    return b.op('Mul', [b.scope(op, () => operation(context, op, x, 1)), mask]);
  });
  const y = b.op('Sum', paths);
  const loss = b.op('Dot', [y, b.op('Sigmoid', [y])]);
  const trained = b.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value);
  const all = [y, ...context.statistics.values(), ...grad(b, loss, [x, ...trained])];
  return b.finish('node', Object.fromEntries(all.map((value, i) => [`y${i}`, value])));
}

test.skipIf(loaded === undefined).each([4, 18])('%d channels, forwards and back', async (channels) => {
  const graph = node(channels);
  const feeds = randomFeeds(graph, channels);
  const results = [];
  for (const runtime of [createReferenceRuntime(), await createTfjsRuntime('tensorflow')]) {
    const program = await runtime.compile(graph);
    results.push(await program.run(feeds));
    program.dispose();
  }
  const [expected = new Map(), given = new Map()] = results;
  expect(difference(given, expected, { absolute: 1e-4, relative: 1e-4 })).toBeUndefined();
});
