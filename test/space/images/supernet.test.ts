import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { imageInput } from '../../../src/space/images/cnn.ts';
import { deriveCell } from '../../../src/space/images/derive.ts';
import { networkContext } from '../../../src/space/images/layers.ts';
import { dartsPrimitives } from '../../../src/space/images/primitives.ts';
import { alphaInputs, supernet, type SupernetShape } from '../../../src/space/images/supernet.ts';
import { classification } from '../../../src/tasks/images/loss.ts';
import { difference } from '../../support/compare.ts';
import { tries } from '../../support/properties.ts';

const exact = { absolute: 1e-9, relative: 1e-9 };

interface Case {
  readonly seed: number;
  readonly channels: number;
  readonly layers: number;
  readonly nodes: number;
  readonly primitives: readonly (typeof dartsPrimitives)[number][];
}

const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.integer({ min: 0, max: 999 }),
  channels: fc.constantFrom(2, 4),
  layers: fc.integer({ min: 1, max: 2 }),
  nodes: fc.integer({ min: 1, max: 2 }),
  primitives: fc
    .subarray([...dartsPrimitives], { minLength: 2 })
    .filter((list) => list.some((op) => op !== 'none')),
});

const batch = 3;

function shapeOf({ channels, layers, nodes, primitives }: Case): SupernetShape {
  return { channels, layers, nodes, primitives, classes: 3, image: [3, 4, 4] };
}

/** Loss, running statistics, and gradients with respect to alphas and every weight. */
function stepGraph(shape: SupernetShape, form: 'fast' | 'plain'): Graph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: false });
  const image = imageInput(b, shape, batch);
  const labels = b.input('labels', [batch], { dtype: 'int64' });
  const alphas = alphaInputs(b, shape);
  const { loss } = classification(b, supernet(context, shape, image, alphas, form), labels);
  const weights = b.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value);
  const wrt = [alphas.normal, alphas.reduce, ...weights];
  const gradients = grad(b, loss, wrt).map((gradient, i) => [`d.${wrt[i]?.name}`, gradient] as const);
  const statistics = [...context.statistics].map(([name, value]) => [`next.${name}`, value] as const);
  return verify(b.finish(form, Object.fromEntries([['loss', loss], ...gradients, ...statistics])));
}

function feedsFor(graph: Graph, seed: number): Map<string, Tensor> {
  const random = new Random(seed);
  const feeds = initialise(graph, random);
  for (const name of ['alpha.normal', 'alpha.reduce']) {
    const alpha = feeds.get(name);
    // Far from the start, so that mixing weights differ.
    if (alpha !== undefined) feeds.set(name, { ...alpha, data: alpha.data.map(() => random.normal()) });
  }
  feeds.set('image', {
    dtype: 'float32',
    shape: [batch, 3, 4, 4],
    data: Float64Array.from({ length: batch * 48 }, () => random.normal()),
  });
  feeds.set('labels', { dtype: 'int64', shape: [batch], data: Int32Array.from([0, 1, 2]) });
  return feeds;
}

async function run(graph: Graph, seed: number): Promise<Map<string, Tensor>> {
  const all = feedsFor(graph, seed);
  const feeds = new Map(graph.inputs.map(({ value }) => [value.name, all.get(value.name) as Tensor]));
  return (await createReferenceRuntime().compile(graph)).run(feeds);
}

describe('the fast supernet', () => {
  it('has the loss, the gradients and the statistics of the plain one', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (case_) => {
        const shape = shapeOf(case_);
        const [fast, plain] = [stepGraph(shape, 'fast'), stepGraph(shape, 'plain')];
        expect(fast.inputs.map(({ value }) => value.name)).toEqual(
          plain.inputs.map(({ value }) => value.name),
        );
        const given = await run(fast, case_.seed);
        expect(difference(given, await run(plain, case_.seed), exact)).toBeUndefined();
      }),
      { numRuns: tries(15) },
    );
  });
});

describe('a mixed op', () => {
  it('with all weight on one primitive is that primitive: the others get no gradient', async () => {
    const shape: SupernetShape = {
      channels: 2,
      layers: 1,
      nodes: 1,
      primitives: ['skip_connect', 'sep_conv_3x3', 'max_pool_3x3'],
      classes: 3,
      image: [3, 4, 4],
    };
    const graph = stepGraph(shape, 'fast');
    const feeds = feedsFor(graph, 1);
    for (const name of ['alpha.normal', 'alpha.reduce']) {
      // e^-200 is nothing beside 1, so the softmax is one-hot on the separable convolution.
      const rows = Float64Array.from({ length: 6 }, (_, i) => (i % 3 === 1 ? 200 : 0));
      feeds.set(name, { dtype: 'float32', shape: [2, 3], data: rows });
    }
    const used = new Map(graph.inputs.map(({ value }) => [value.name, feeds.get(value.name) as Tensor]));
    const outputs = await (await createReferenceRuntime().compile(graph)).run(used);
    const largest = (name: string) => Math.max(...[...(outputs.get(name)?.data ?? [])].map(Math.abs));
    const gradients = [...outputs.keys()].filter((name) => name.startsWith('d.cells.0.edge'));
    expect(gradients.some((name) => name.includes('sep_conv_3x3') && largest(name) > 1e-6)).toBe(true);
    const others = gradients.filter((name) => !name.includes('sep_conv_3x3'));
    expect(others.length).toBeGreaterThan(0);
    for (const name of others) expect(largest(name)).toBeLessThan(1e-60);
  });

  it('reads rows of alpha in the order in which derivation does', () => {
    // Node 1's edge from state 2 is row 4: strongest there, so it is kept first.
    const rows = Array.from({ length: 5 }, (_, row) =>
      dartsPrimitives.map((op) => (row === 4 && op === 'sep_conv_5x5' ? 9 : 0)),
    );
    const cell = deriveCell(rows, { nodes: 2 });
    expect(cell.nodes[1]?.[0]).toEqual({ op: 'sep_conv_5x5', source: 2 });
  });
});
