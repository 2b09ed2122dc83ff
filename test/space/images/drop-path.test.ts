import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import { floats, type Tensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { imageInput, type CnnShape } from '../../../src/space/images/cnn.ts';
import { canDrop, dropPathCount, dropPathInput } from '../../../src/space/images/drop-path.ts';
import type { CnnGenotype } from '../../../src/space/images/genotype.ts';
import { networkContext } from '../../../src/space/images/layers.ts';
import { trainedNetwork } from '../../../src/space/images/network.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';

const shape: CnnShape = { channels: 2, layers: 3, classes: 3, image: [3, 8, 8] };
const batch = 2;
const image = floats(
  [batch, 3, 8, 8],
  Array.from({ length: batch * 192 }, (_, i) => Math.sin(i * 1.7)),
);

function graphOf(genotype: CnnGenotype, dropPath: boolean): Graph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: true });
  const { logits } = trainedNetwork(context, shape, genotype, imageInput(b, shape, batch), { dropPath });
  return b.finish('network', { logits });
}

async function logitsOf(graph: Graph, masks?: Tensor): Promise<number[]> {
  const runtime = createReferenceRuntime();
  const store = runtime.createStore();
  store.write(initialise(graph, new Random(4)));
  const program = await runtime.compile(graph, { store });
  const feeds = new Map([['image', image]]);
  if (masks !== undefined) feeds.set(dropPathInput, masks);
  return [...((await program.run(feeds)).get('logits')?.data ?? [])];
}

const ones = (paths: number) =>
  floats(
    [paths * batch, 1, 1, 1],
    Float64Array.from({ length: paths * batch }, () => 1),
  );

/** Cells of one node, whose two paths are `first` and a skip of the second source. */
function genotypeOf(first: 'sep_conv_3x3' | 'skip_connect'): CnnGenotype {
  const cell = {
    nodes: [
      [
        { op: first, source: 0 },
        { op: 'skip_connect', source: 1 },
      ],
    ],
    concat: [2],
  } as const;
  return { normal: cell, reduce: cell };
}

describe('drop path', () => {
  it.each(['DARTS_V2', 'DARTS_V1', 'NASNet', 'AmoebaNet'] as const)(
    'with masks of ones, %s is the network without',
    async (name) => {
      const genotype = publishedGenotypes[name];
      const without = await logitsOf(graphOf(genotype, false));
      const paths = dropPathCount(shape, genotype);
      expect(await logitsOf(graphOf(genotype, true), ones(paths))).toEqual(without);
    },
  );

  it('masks everything but identities: pools, convolutions, and skips that halve', () => {
    expect(canDrop('skip_connect', 1)).toBe(false);
    expect(canDrop('skip_connect', 2)).toBe(true);
    expect(canDrop('max_pool_3x3', 1)).toBe(true);
    // Three cells, two of them reductions, where both sources are halved.
    expect(dropPathCount(shape, genotypeOf('sep_conv_3x3'))).toBe(1 + 2 * 2);
    expect(dropPathCount(shape, genotypeOf('skip_connect'))).toBe(0 + 2 * 2);
    // DARTS_V2 at full depth: 18 normal cells with two identities of eight, two reductions with one of three at stride 1.
    expect(dropPathCount({ ...shape, layers: 20 }, publishedGenotypes.DARTS_V2)).toBe(18 * 6 + 2 * 5);
  });

  it('a mask is of one path and one image, and scales that path alone', async () => {
    const genotype = genotypeOf('sep_conv_3x3');
    const graph = graphOf(genotype, true);
    const masks = ones(dropPathCount(shape, genotype));
    const all = await logitsOf(graph, masks);
    // Batch norm ties the images of a batch together further up; in the last cell, a reduction, nothing follows but
    // the classifier, so a mask there moves its own image only.
    const last = Float64Array.from(masks.data);
    last[last.length - 1] = 0;
    const dropped = await logitsOf(graph, { ...masks, data: last });
    expect(dropped.slice(0, 3)).toEqual(all.slice(0, 3));
    dropped.slice(3).forEach((logit, i) => expect(logit).not.toBeCloseTo(all[3 + i] ?? 0, 6));
  });
});
