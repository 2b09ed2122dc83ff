/** What is multiplied by again and again is transposed once, and products come out the same. */
import { expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { rebuild } from '../../../src/graph/rebuild.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { transposeOnce } from '../../../src/runtime/tfjs/tensorflow/turned.ts';
import { randomFeeds } from '../../support/feeds.ts';

const turned = (graph: Graph) => rebuild(graph, transposeOnce(graph));
const transposes = ({ nodes }: Graph) => nodes.filter(({ op }) => op === 'Transpose').length;
const transposing = ({ nodes }: Graph) =>
  nodes.filter((node) => node.op === 'Gemm' && node.attributes.transB === 1).length;

/** x·wᵀ + 2·c, and of what that gives the same again. */
function chain(times: number): Graph {
  const b = new GraphBuilder();
  const [w, c] = [b.input('w', [3, 3]), b.input('c', [3])];
  let x: Value = b.input('x', [2, 3]);
  for (let i = 0; i < times; i++) {
    x = b.op('Gemm', [x, w, c], { alpha: 0.5, beta: 2, transA: 0, transB: 1 });
  }
  return b.finish('chain', { x });
}

it('many products share one transpose', async () => {
  const graph = chain(8);
  const lean = turned(graph);
  verify(lean);
  expect([transposes(lean), transposing(lean)]).toEqual([1, 0]);
  const reference = createReferenceRuntime();
  const feeds = randomFeeds(graph, 1);
  const [expected, given] = [await reference.compile(graph), await reference.compile(lean)];
  expect(await given.run(feeds)).toEqual(await expected.run(feeds));
});

it('few products stay as they are', () => {
  expect(transposing(turned(chain(7)))).toBe(7);
});
