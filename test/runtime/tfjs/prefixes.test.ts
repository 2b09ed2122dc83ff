/** Stacks that are beginnings of a larger one are slices of it, and what they are asked for does not change. */
import { describe, expect, it } from 'vitest';

import { Random } from '../../../src/random.ts';
import { lower } from '../../../src/graph/definitions.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import { weightStep } from '../../../src/learn/weight-step.ts';
import { rebuild } from '../../../src/graph/rebuild.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { sliceStacks } from '../../../src/runtime/tfjs/tensorflow/prefixes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { rnnSearchPresets } from '../../../src/tasks/text/search-settings.ts';
import { textSupernet } from '../../../src/tasks/text/search.ts';
import { peakBytes } from '../../support/counting-device.ts';
import { randomFeeds } from '../../support/feeds.ts';

const sliced = (graph: Graph) => rebuild(graph, sliceStacks(graph));
const slicesOf = ({ nodes }: Graph) => nodes.filter(({ op }) => op === 'Slice').length;

/** A weight step of a recurrent search, where no op of ours reads states that are not stacked. */
function stepOf(size: { batch: number; bptt: number; units: number; words: number }): Graph {
  const preset = rnnSearchPresets['darts-rnn'];
  const { batch, bptt, units, words } = size;
  const settings = { ...preset, batch_size: batch, bptt, units };
  const shape = { words, units, nodes: preset.nodes, primitives: preset.primitives };
  const supernet = textSupernet(shape, settings, { random: new Random(1) });
  const { graph } = weightStep(supernet.loss('weights', bptt), supernet.optimizer);
  return lower(graph, (op) => op !== 'StackedProduct' && op !== 'StackedProductGrad');
}

describe('stacked states', () => {
  it('give the same bytes as slices of the largest stack', async () => {
    const plain = stepOf({ batch: 2, bptt: 3, units: 4, words: 11 });
    const lean = sliced(plain);
    verify(lean);
    // Of each step, the stacks of nodes 1 to 6 are beginnings of that of node 7; node 0 reads one state.
    expect(slicesOf(lean) - slicesOf(plain)).toBe(3 * 6);
    const reference = createReferenceRuntime();
    const feeds = randomFeeds(plain, 1);
    for (const name of ['tokens', 'targets']) {
      const data = Int32Array.from({ length: 6 }, (_, i) => i);
      feeds.set(name, { dtype: 'int64', shape: [3, 2], data });
    }
    const [expected, given] = [await reference.compile(plain), await reference.compile(lean)];
    expect(await given.run(feeds)).toEqual(await expected.run(feeds));
  });

  it('are kept once for all nodes of a step', async () => {
    const graph = stepOf({ batch: 256, bptt: 5, units: 300, words: 10_000 });
    const rows = 256 * 300 * 4;
    // Without slices, stacks of 2 to 8 states are kept for each of 5 steps; with them, those of 8, and of the last step
    // that of 7, which is asked for so soon after the one of 8 was made that it is left as it is.
    const saved = (5 * (2 + 3 + 4 + 5 + 6 + 7) - 7) * rows;
    expect((await peakBytes(graph, (same) => same)) - (await peakBytes(graph, sliced))).toBe(saved);
  });

  it('stay where nobody asks for them once the largest is made, or the largest is let go before', () => {
    const b = new GraphBuilder();
    const [x, y, z] = [b.input('x', [2, 3]), b.input('y', [2, 3]), b.input('z', [2, 3])];
    const stack = (list: readonly Value[]) => b.op('Concat', list, { axis: 0 });
    const two = stack([x, y]);
    const before = b.op('Tanh', [two]);
    const largest = b.op('Exp', [stack([x, y, z])]);
    const outputs = { before, largest };
    expect(slicesOf(sliced(b.finish('early', outputs)))).toBe(0);
    let late = two;
    for (let i = 0; i < 5; i++) late = b.op('Add', [late, two]);
    expect(slicesOf(sliced(b.finish('late', { ...outputs, late })))).toBe(0);
  });
});
