import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { countParameters } from '../../../src/graph/count.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import type { Graph, InputRole, Value } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { noPenalties } from '../../../src/space/text/loss.ts';
import { drawMasks, noDropout, type DropoutRates } from '../../../src/space/text/masks.ts';
import { derivedNetwork, searchNetwork, type NetworkSettings } from '../../../src/space/text/networks.ts';
import { rnnPrimitives, type RnnPrimitive } from '../../../src/space/text/primitives.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { gradientError } from '../../autodiff/differences.ts';
import { arbitraryRnnGenotype } from './arbitrary.ts';
import {
  batchNorm,
  discreteStep,
  languageModel,
  searchStep,
  type HandMasks,
  type HandWeights,
  type Matrix,
} from './by-hand.ts';
import { tries } from '../../support/properties.ts';

interface Sizes {
  readonly words: number;
  readonly units: number;
  readonly steps: number;
  readonly batch: number;
  readonly seed: number;
  readonly dropped: boolean;
}

const sizes: fc.Arbitrary<Sizes> = fc.record({
  words: fc.integer({ min: 2, max: 5 }),
  units: fc.integer({ min: 1, max: 3 }),
  steps: fc.integer({ min: 1, max: 3 }),
  batch: fc.integer({ min: 2, max: 3 }),
  seed: fc.nat({ max: 999 }),
  dropped: fc.boolean(),
});

const rates: DropoutRates = { embedding: 0.3, input: 0.2, x: 0.5, hidden: 0.25, output: 0.5 };
const penalties = { activation: 0.7, slowness: 1.3 };

function settingsOf({ steps, batch, dropped }: Sizes): NetworkSettings {
  return { steps, batch, rates: dropped ? rates : noDropout, penalties };
}

/** Everything that a graph of these sizes is fed; weights far from zero, so that no activation is near its kink. */
function feedsFor(graph: Graph, { words, units, steps, batch, seed, dropped }: Sizes): Map<string, Tensor> {
  const random = new Random(seed);
  const feeds = initialise(graph, random);
  for (const { value, role } of graph.inputs) {
    const start = feeds.get(value.name);
    if (start === undefined || role === 'buffer') continue;
    feeds.set(value.name, { ...start, data: Float64Array.from(start.data, () => random.normal()) });
  }
  const tokens = (): Tensor => ({
    dtype: 'int64',
    shape: [steps, batch],
    data: Int32Array.from({ length: steps * batch }, () => random.integer(words)),
  });
  feeds.set('tokens', tokens()).set('targets', tokens());
  feeds.set('hidden_in', {
    dtype: 'float32',
    shape: [batch, units],
    data: Float64Array.from({ length: batch * units }, () => random.normal()),
  });
  if (dropped)
    for (const [name, mask] of drawMasks(random, rates, { words, units, batch })) feeds.set(name, mask);
  return feeds;
}

async function run(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>> {
  const named = graph.inputs.map(({ value }) => [value.name, feeds.get(value.name) as Tensor] as const);
  return (await createReferenceRuntime().compile(graph)).run(new Map(named));
}

function matrix(tensor: Tensor | undefined): Matrix {
  if (tensor === undefined) return [];
  const [rows = 0, columns = 0] = tensor.shape;
  return Array.from({ length: rows }, (_, i) =>
    Array.from(tensor.data.slice(i * columns, (i + 1) * columns)),
  );
}

function handWeights(feeds: ReadonlyMap<string, Tensor>, nodes: number): HandWeights {
  const named = (name: string) => matrix(feeds.get(name));
  return {
    embedding: named('embedding.weight'),
    bias: [...(feeds.get('decoder.bias')?.data ?? [])],
    first: [...named('cell.input.weight'), ...named('cell.hidden.weight')],
    nodes: Array.from({ length: nodes }, (_, i) => named(`cell.node.${i}.weight`)),
  };
}

function handMasks(feeds: ReadonlyMap<string, Tensor>, dropped: boolean): HandMasks {
  if (!dropped) return {};
  const named = (name: string) => matrix(feeds.get(`mask.${name}`));
  return {
    embedding: [...(feeds.get('mask.embedding')?.data ?? [])],
    input: named('input'),
    x: named('x'),
    hidden: named('hidden'),
    output: named('output'),
  };
}

function text(feeds: ReadonlyMap<string, Tensor>) {
  return {
    tokens: matrix(feeds.get('tokens')),
    targets: matrix(feeds.get('targets')),
    hiddenIn: matrix(feeds.get('hidden_in')),
  };
}

const closeTo = (given: Tensor | undefined, expected: readonly number[]) => {
  expect(given?.data.length).toBe(expected.length);
  expected.forEach((value, i) => expect(given?.data[i]).toBeCloseTo(value, 9));
};

async function errorOfGradient(
  build: (b: GraphBuilder) => Value,
  roles: readonly InputRole[],
  given: Sizes,
): Promise<string | undefined> {
  const probe = new GraphBuilder();
  const feeds = feedsFor(probe.finish('network', { loss: build(probe) }), given);
  const differentiable = (b: GraphBuilder) => {
    const loss = build(b);
    const inputs = b.inputs.filter(({ role }) => roles.includes(role)).map(({ value }) => value);
    return { inputs, outputs: [loss] };
  };
  return gradientError(differentiable, feeds, 'first', given.seed);
}

describe('the network of a genotype', () => {
  it('is what the formulas say, written out', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, arbitraryRnnGenotype(4), async (given, genotype) => {
        const b = new GraphBuilder();
        const { loss, nll, hiddenOut } = derivedNetwork(b, given, genotype, settingsOf(given));
        const graph = verify(b.finish('network', { loss, nll, hiddenOut }));
        const feeds = feedsFor(graph, given);
        const outputs = await run(graph, feeds);
        const weights = handWeights(feeds, genotype.nodes.length);
        const masks = handMasks(feeds, given.dropped);
        const byHand = languageModel(weights, masks, discreteStep(genotype, weights, masks), text(feeds));
        closeTo(outputs.get('nll'), [byHand.nll]);
        closeTo(outputs.get('loss'), [
          byHand.nll + penalties.activation * byHand.activation + penalties.slowness * byHand.slowness,
        ]);
        closeTo(outputs.get('hiddenOut'), byHand.hiddenOut.flat());
      }),
      { numRuns: tries(60) },
    );
  });

  it('has the gradients that differences say', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, arbitraryRnnGenotype(3), async (given, { nodes }) => {
        // Every node is averaged: a weight that nothing reads is no input.
        const genotype = { nodes, concat: nodes.map((_, i) => i + 1) };
        const build = (b: GraphBuilder) => derivedNetwork(b, given, genotype, settingsOf(given)).loss;
        expect(await errorOfGradient(build, ['weight'], given)).toBeUndefined();
      }),
      { numRuns: tries(20) },
    );
  });
});

interface SearchSizes extends Sizes {
  readonly nodes: number;
  readonly primitives: readonly RnnPrimitive[];
}

const searches: fc.Arbitrary<SearchSizes> = fc
  .tuple(
    sizes,
    fc.integer({ min: 1, max: 3 }),
    fc
      .shuffledSubarray([...rnnPrimitives], { minLength: 1 })
      .filter((list) => list.some((op) => op !== 'none')),
  )
  .map(([given, nodes, primitives]) => ({ ...given, nodes, primitives }));

describe('the network of a search', () => {
  it('is, in its cheap form, what the plain form is: outputs and running statistics', async () => {
    await fc.assert(
      fc.asyncProperty(searches, async (given) => {
        const b = new GraphBuilder();
        const { loss, hiddenOut, statistics } = searchNetwork(b, given, settingsOf(given), 'train');
        const graph = verify(b.finish('search', { loss, hiddenOut, ...Object.fromEntries(statistics) }));
        const feeds = feedsFor(graph, given);
        const outputs = await run(graph, feeds);

        const running = [given.units, given.units].map((units, which) =>
          Array.from({ length: units }, () => which),
        );
        const note = (...batch: readonly number[][]) =>
          batch.forEach((values, which) => {
            const correction = which === 1 ? given.batch / (given.batch - 1) : 1;
            values.forEach((value, j) => {
              const list = running[which];
              if (list !== undefined) list[j] = 0.9 * (list[j] ?? NaN) + 0.1 * correction * value;
            });
          });
        const norm = (x: Matrix) => batchNorm(x, note);
        const weights = handWeights(feeds, given.nodes);
        const masks = handMasks(feeds, given.dropped);
        const search = { primitives: given.primitives, alpha: matrix(feeds.get('alpha')), norm };
        const byHand = languageModel(weights, masks, searchStep(search, weights, masks), text(feeds));
        closeTo(outputs.get('loss'), [
          byHand.nll + penalties.activation * byHand.activation + penalties.slowness * byHand.slowness,
        ]);
        closeTo(outputs.get('hiddenOut'), byHand.hiddenOut.flat());
        closeTo(outputs.get('cell.norm.running_mean'), running[0] ?? []);
        closeTo(outputs.get('cell.norm.running_variance'), running[1] ?? []);
      }),
      { numRuns: tries(60) },
    );
  });

  it('has the gradients that differences say, of weights and alphas', async () => {
    await fc.assert(
      fc.asyncProperty(searches, async (given) => {
        const build = (b: GraphBuilder) => searchNetwork(b, given, settingsOf(given), 'train').loss;
        const error = await errorOfGradient(build, ['weight', 'alpha'], given);
        expect(error).toBeUndefined();
      }),
      { numRuns: tries(20) },
    );
  });

  it('normalises by running statistics when it infers', async () => {
    const given: SearchSizes = {
      words: 4,
      units: 3,
      steps: 2,
      batch: 2,
      seed: 5,
      dropped: false,
      nodes: 2,
      primitives: rnnPrimitives,
    };
    const b = new GraphBuilder();
    const settings = { ...settingsOf(given), penalties: noPenalties };
    const { nll, statistics } = searchNetwork(b, given, settings, 'infer');
    expect(statistics.size).toBe(0);
    const graph = verify(b.finish('search', { nll }));
    const feeds = feedsFor(graph, given);
    const [mean, variance] = [0.25, 2];
    const filled = (value: number): Tensor => ({
      dtype: 'float32',
      shape: [given.units],
      data: new Float64Array(given.units).fill(value),
    });
    feeds.set('cell.norm.running_mean', filled(mean)).set('cell.norm.running_variance', filled(variance));
    const weights = handWeights(feeds, given.nodes);
    const norm = (x: Matrix) =>
      x.map((row) => row.map((value) => (value - mean) / Math.sqrt(variance + 1e-5)));
    const search = { primitives: given.primitives, alpha: matrix(feeds.get('alpha')), norm };
    const byHand = languageModel(weights, {}, searchStep(search, weights, {}), text(feeds));
    closeTo((await run(graph, feeds)).get('nll'), [byHand.nll]);
  });

  it('is, with one-hot alphas and no batch norm to speak of, the network of the genotype', async () => {
    // A column of 40 against 0 is a weight of 1 to 17 digits. Edges that a genotype lacks are all `none`.
    const given: Sizes = { words: 4, units: 3, steps: 3, batch: 2, seed: 6, dropped: true };
    const genotype = {
      nodes: [
        { op: 'tanh', source: 0 },
        { op: 'identity', source: 0 },
        { op: 'sigmoid', source: 2 },
      ],
      concat: [1, 2, 3],
    } as const;
    const b = new GraphBuilder();
    const shape = { ...given, nodes: 3, primitives: rnnPrimitives };
    // Running statistics of mean 0 and variance 1 − ε: the norm is the identity.
    const search = searchNetwork(b, shape, settingsOf(given), 'infer');
    const graph = b.finish('search', { loss: search.loss });
    const feeds = feedsFor(graph, given);
    const rows = genotype.nodes.flatMap(({ op, source }, i) =>
      Array.from({ length: i + 1 }, (_, j) =>
        rnnPrimitives.map((name) => (name === (j === source ? op : 'none') ? 40 : 0)),
      ),
    );
    feeds.set('alpha', { dtype: 'float32', shape: [6, 5], data: Float64Array.from(rows.flat()) });
    const variance = new Float64Array(given.units).fill(1 - 1e-5);
    feeds.set('cell.norm.running_variance', { dtype: 'float32', shape: [given.units], data: variance });
    const plain = new GraphBuilder();
    const { loss } = derivedNetwork(plain, given, genotype, settingsOf(given));
    const expected = (await run(plain.finish('network', { loss }), feeds)).get('loss')?.data[0] ?? NaN;
    closeTo((await run(graph, feeds)).get('loss'), [expected]);
  });
});

describe('masks', () => {
  it('are inputs only where something is dropped, and keep the mean', () => {
    const some = { ...noDropout, hidden: 0.25 };
    const sized = { words: 5, units: 400, batch: 50 };
    const masks = drawMasks(new Random(1), some, sized);
    expect([...masks.keys()]).toEqual(['mask.hidden']);
    const mask = masks.get('mask.hidden');
    expect(mask?.shape).toEqual([50, 400]);
    expect([...new Set(mask?.data)].toSorted((a, b) => a - b)).toEqual([0, Math.fround(4 / 3)]);
    const mean = Array.from(mask?.data ?? []).reduce((a, b) => a + b, 0) / 20_000;
    expect(mean).toBeCloseTo(1, 1);
    const b = new GraphBuilder();
    const settings = { steps: 1, batch: 2, rates: some, penalties: noPenalties };
    const { loss } = derivedNetwork(b, { words: 3, units: 2 }, publishedRnnGenotypes.ENAS, settings);
    const fed = b.finish('n', { loss }).inputs.filter(({ role }) => role === 'data');
    expect(fed.map(({ value }) => value.name)).toEqual(['tokens', 'hidden_in', 'mask.hidden', 'targets']);
  });
});

describe('parameters', () => {
  const settings = { steps: 1, batch: 2, rates: noDropout, penalties: noPenalties };

  it('of the search on PTB: 4,810,000', () => {
    const b = new GraphBuilder();
    const shape = { words: 10_000, units: 300, nodes: 8, primitives: rnnPrimitives };
    const { loss } = searchNetwork(b, shape, settings, 'train');
    expect(countParameters(b.finish('search', { loss }))).toBe(4_810_000);
  });

  it.each([
    ['PTB', 10_000, 850, 22_960_000],
    ['WikiText-2', 33_278, 700, 33_127_878],
  ])('of the derived network on %s: as published', (_, words, units, parameters) => {
    const b = new GraphBuilder();
    const { loss } = derivedNetwork(b, { words, units }, publishedRnnGenotypes.DARTS_V2, settings);
    expect(countParameters(b.finish('network', { loss }))).toBe(parameters);
  });
});

it('the gradient of a step has no product by transposed copies, and one scatter for all tokens', () => {
  const b = new GraphBuilder();
  const shape = { words: 5, units: 3, nodes: 2, primitives: rnnPrimitives };
  const { loss } = searchNetwork(b, shape, { steps: 2, batch: 2, rates, penalties }, 'train');
  const weights = b.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value);
  const gradients = grad(b, loss, weights).map((gradient, i) => [`d${i}`, gradient] as const);
  const ops = b.finish('step', Object.fromEntries(gradients)).nodes.map(({ op }) => op);
  expect(ops.filter((op) => op === 'Transpose')).toEqual([]);
  expect(ops.filter((op) => op === 'EmbeddingGrad')).toHaveLength(1);
  expect(ops.filter((op) => op === 'MixedHighwayGrad')).toHaveLength(4);
});
