import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { decodeModel } from '../../../proto/onnx.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { countMacs, countParameters } from '../../../src/graph/count.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import { sizeOf, type Tensor, type Tensors } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import { NascentError } from '../../../src/errors.ts';
import { Random } from '../../../src/random.ts';
import { createOnnxSessionFromFile } from '../../../src/runtime/onnxruntime/file.ts';
import { createOnnxRuntime } from '../../../src/runtime/onnxruntime/runtime.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { createTfjsRuntime, type TfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import type { RnnGenotype } from '../../../src/space/text/genotype.ts';
import { rnnInferenceGraph } from '../../../src/space/text/inference.ts';
import { noPenalties } from '../../../src/space/text/loss.ts';
import { noDropout } from '../../../src/space/text/masks.ts';
import { derivedNetwork } from '../../../src/space/text/networks.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { difference } from '../../support/compare.ts';
import { arbitraryRnnGenotype } from './arbitrary.ts';
import { tries } from '../../support/properties.ts';

const shape = { words: 7, units: 4 };

const tensorflow: TfjsRuntime | undefined = await createTfjsRuntime('tensorflow').catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});
const reference = createReferenceRuntime();

/** Weights as a training leaves them: not small. */
function weightsOf(graph: Graph, seed: number): Map<string, Tensor> {
  const random = new Random(seed);
  return new Map(
    [...initialise(graph, random)].map(([name, { dtype, shape: extents }]) => {
      const draw = () => Math.fround(random.normal());
      return [name, { dtype, shape: extents, data: Float32Array.from({ length: sizeOf(extents) }, draw) }];
    }),
  );
}

interface Text {
  readonly steps: number;
  readonly batch: number;
  readonly seed: number;
}

const texts: fc.Arbitrary<Text> = fc.record({
  steps: fc.integer({ min: 1, max: 5 }),
  batch: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat({ max: 999 }),
});

function textFeeds({ steps, batch, seed }: Text): Map<string, Tensor> {
  const random = new Random(seed);
  const tokens = Int32Array.from({ length: steps * batch }, () => random.integer(shape.words));
  const hidden = Float32Array.from({ length: batch * shape.units }, () => random.normal());
  return new Map<string, Tensor>([
    ['tokens', { dtype: 'int64', shape: [steps, batch], data: tokens }],
    ['hidden_in', { dtype: 'float32', shape: [batch, shape.units], data: hidden }],
  ]);
}

async function run(runtime: Runtime, graph: Graph, weights: Tensors, feeds: Tensors): Promise<Tensors> {
  const store = runtime.createStore();
  store.write(weights);
  const program = await runtime.compile(graph, { store });
  try {
    return await program.run(feeds);
  } finally {
    program.dispose();
    store.dispose();
  }
}

const single = { absolute: 1e-5, relative: 1e-5 };

describe('a language model that infers', () => {
  it('is the same by Scan, unrolled, and as it was trained', async () => {
    await fc.assert(
      fc.asyncProperty(texts, arbitraryRnnGenotype(4), async (text, { nodes }) => {
        const genotype = { nodes, concat: nodes.map((_, i) => i + 1) };
        const graph = verify(rnnInferenceGraph(shape, genotype));
        const weights = weightsOf(graph, text.seed);
        const feeds = textFeeds(text);
        const scanned = await run(reference, graph, weights, feeds);
        const unrolledGraph = verify(rnnInferenceGraph(shape, genotype, { unroll: text.steps }));
        const unrolled = await run(reference, unrolledGraph, weights, feeds);
        const exact = { absolute: 1e-12, relative: 1e-12 };
        expect(difference(unrolled, scanned, exact)).toBeUndefined();

        const b = new GraphBuilder();
        const settings = { ...text, rates: noDropout, penalties: noPenalties };
        const { nll, hiddenOut } = derivedNetwork(b, shape, genotype, settings);
        const trained = b.finish('trained', { nll, hiddenOut });
        const tokens = feeds.get('tokens');
        if (tokens === undefined) throw new Error('no tokens');
        const targets = { ...tokens, data: tokens.data.toReversed() };
        const outputs = await run(reference, trained, weights, new Map([...feeds, ['targets', targets]]));
        const logProbs = scanned.get('log_probs')?.data ?? [];
        const losses = Array.from(targets.data, (word, i) => -(logProbs[i * shape.words + word] ?? NaN));
        const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
        expect(outputs.get('nll')?.data[0]).toBeCloseTo(mean, 9);
        const hidden = outputs.get('hiddenOut');
        const expected = scanned.get('hidden_out');
        if (!hidden || !expected) throw new Error('no state');
        expect(difference(new Map([['h', hidden]]), new Map([['h', expected]]), exact)).toBeUndefined();
      }),
      { numRuns: tries(40) },
    );
  });

  it.skipIf(tensorflow === undefined)('is the same in tfjs-node-gpu, and leaves nothing behind', async () => {
    if (tensorflow === undefined) return;
    const before = tensorflow.alive();
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await sameAsReference(tensorflow, text, publishedRnnGenotypes.ENAS);
        expect(tensorflow.alive()).toBe(before);
      }),
      { numRuns: tries(8) },
    );
  });

  it('is the same in onnxruntime', async () => {
    const runtime = await createOnnxRuntime('cpu');
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await sameAsReference(runtime, text, publishedRnnGenotypes.DARTS_V2);
      }),
      { numRuns: tries(8) },
    );
  });

  async function sameAsReference(runtime: Runtime, text: Text, genotype: RnnGenotype): Promise<void> {
    const feeds = textFeeds(text);
    const graph = rnnInferenceGraph(shape, genotype);
    const weights = weightsOf(graph, text.seed);
    const expected = await run(reference, graph, weights, feeds);
    for (const one of [graph, rnnInferenceGraph(shape, genotype, { unroll: text.steps })]) {
      expect(difference(await run(runtime, one, weights, feeds), expected, single)).toBeUndefined();
    }
  }

  it('reads a text in two parts as it reads it in one, the state handed on', async () => {
    const graph = rnnInferenceGraph(shape, publishedRnnGenotypes.DARTS_V1);
    const weights = weightsOf(graph, 5);
    const text = { steps: 5, batch: 2, seed: 6 };
    const whole = await run(reference, graph, weights, textFeeds(text));
    const tokens = textFeeds(text).get('tokens')?.data ?? new Int32Array();
    let hidden = textFeeds(text).get('hidden_in');
    const parts: number[] = [];
    for (const [from, to] of [
      [0, 2],
      [2, 5],
    ] as const) {
      if (hidden === undefined) throw new Error('no state');
      const part: Tensor = { dtype: 'int64', shape: [to - from, 2], data: tokens.slice(from * 2, to * 2) };
      const outputs = await run(
        reference,
        graph,
        weights,
        new Map([
          ['tokens', part],
          ['hidden_in', hidden],
        ]),
      );
      parts.push(...(outputs.get('log_probs')?.data ?? []));
      hidden = outputs.get('hidden_out');
    }
    const expected = [...(whole.get('log_probs')?.data ?? [])];
    expect(parts.length).toBe(expected.length);
    parts.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 12));
  });

  it('has the parameters of the network that was trained, and a product for each', () => {
    const graph = rnnInferenceGraph({ words: 10_000, units: 850 }, publishedRnnGenotypes.DARTS_V2);
    expect(countParameters(graph)).toBe(22_960_000);
    // All but the decoder's bias are multiplied by something, once a word; the embedding as the decoder.
    expect(countMacs(graph)).toBe(22_950_000);
  });

  it('refuses to be unrolled over no steps', () => {
    expect(() => rnnInferenceGraph(shape, publishedRnnGenotypes.ENAS, { unroll: 0 })).toThrow(
      'a network cannot be unrolled over 0 steps',
    );
  });
});

describe('the exported model', () => {
  const genotype = publishedRnnGenotypes.DARTS_V2;
  const graph = rnnInferenceGraph(shape, genotype);
  const weights = weightsOf(graph, 9);

  it('reads texts of any length and batch, Scan and unrolled alike', async () => {
    const session = await createOnnxSessionFromFile(exportOnnx(graph, { weights }), 'cpu');
    expect(session.inputs).toEqual([
      { name: 'tokens', dtype: 'int64', shape: ['sequence', 'batch'] },
      { name: 'hidden_in', dtype: 'float32', shape: ['batch', shape.units] },
    ]);
    expect(session.outputs.map(({ name, shape: extents }) => [name, extents])).toEqual([
      ['log_probs', ['sequence', 'batch', shape.words]],
      ['hidden_out', ['batch', shape.units]],
    ]);
    for (const text of [
      { steps: 1, batch: 1, seed: 1 },
      { steps: 6, batch: 2, seed: 2 },
      { steps: 3, batch: 5, seed: 3 },
    ]) {
      const expected = await run(reference, graph, weights, textFeeds(text));
      expect(difference(await session.run(textFeeds(text)), expected, single)).toBeUndefined();
      const unrolled = exportOnnx(rnnInferenceGraph(shape, genotype, { unroll: text.steps }), { weights });
      const flat = await createOnnxSessionFromFile(unrolled, 'cpu');
      expect(difference(await flat.run(textFeeds(text)), expected, single)).toBeUndefined();
      flat.dispose();
    }
    session.dispose();
  });

  it('comes back as the graph it was, with the same bytes again', () => {
    const bytes = exportOnnx(graph, { weights });
    expect(exportOnnx(rnnInferenceGraph(shape, genotype), { weights })).toEqual(bytes);
    const back = importOnnx(decodeModel(bytes));
    verify(back.graph);
    expect(new Map(back.weights)).toEqual(weights);
    expect(exportOnnx(back.graph, { weights: back.weights })).toEqual(bytes);
  });

  it('holds the embedding once, weights outside of the body, and no name twice', () => {
    const model = decodeModel(exportOnnx(graph, { weights }));
    const body = model.graph.nodes.find(({ opType }) => opType === 'Scan')?.attributes[0];
    if (body?.kind !== 'graph') throw new Error('no body');
    expect(model.graph.initializers.map(({ name }) => name)).toEqual(
      graph.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value.name),
    );
    expect(body.value.initializers.every(({ dtype }) => dtype === 'int64')).toBe(true);
    const made = [model.graph, body.value].flatMap(({ nodes, inputs, initializers }) => [
      ...nodes.flatMap(({ outputs }) => outputs),
      ...inputs.map(({ name }) => name),
      ...initializers.map(({ name }) => name),
    ]);
    expect(new Set(made).size).toBe(made.length);
    const names = [model.graph, body.value].flatMap(({ nodes }) => nodes.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it('has no op that the CUDA provider lacks', () => {
    const known = new Set(
      (
        'Add Concat Constant Gather Gemm Identity LogSoftmax MatMul Mul Relu Scan Sigmoid Split Squeeze Sub Sum Tanh ' +
        'Transpose Unsqueeze'
      ).split(' '),
    );
    const opsOf = (one: Graph): string[] =>
      one.nodes.flatMap((node) => [node.op, ...(node.op === 'Scan' ? opsOf(node.attributes.body) : [])]);
    const all = [graph, rnnInferenceGraph(shape, publishedRnnGenotypes.ENAS, { unroll: 3 })].flatMap(opsOf);
    expect(all.filter((op) => !known.has(op))).toEqual([]);
  });
});
