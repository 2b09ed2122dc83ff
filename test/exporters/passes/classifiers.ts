/** Small classifiers and language models as models, and what onnxruntime says of them. */
import * as ort from 'onnxruntime-node';
import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import { encodeModel, type OnnxModel } from '../../../proto/onnx.ts';
import { floats, type Tensor } from '../../../src/graph/tensor.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import { Random } from '../../../src/random.ts';
import type { CnnShape } from '../../../src/space/images/cnn.ts';
import type { CnnGenotype } from '../../../src/space/images/genotype.ts';
import { inferenceGraph } from '../../../src/space/images/network-graphs.ts';
import { rnnInferenceGraph } from '../../../src/space/text/inference.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';

export const mean = [0.49, 0.48, 0.45];
export const std = [0.25, 0.24, 0.26];

/** DARTS_V2 with reductions, and batch norms whose every number matters. */
export function classifier(seed: number, stem: CnnShape['stem'] = 'cifar10'): OnnxModel {
  return classifierOf(publishedGenotypes.DARTS_V2, seed, { stem });
}

/** The same of any genotype; of 4 layers, where nothing else is said. */
export function classifierOf(
  genotype: CnnGenotype,
  seed: number,
  { stem = 'cifar10', channels = 4, layers = 4 }: Partial<CnnShape>,
): OnnxModel {
  const side = stem === 'imagenet' ? 64 : 16;
  const shape: CnnShape = { channels, layers, classes: 7, image: [3, side, side], stem };
  const graph = inferenceGraph(shape, genotype);
  const random = new Random(seed);
  const weights = new Map<string, Tensor>(initialise(graph, random));
  for (const { value } of graph.inputs) {
    const found = weights.get(value.name);
    // Of the four vectors of a batch norm; a variance is positive.
    if (found?.shape.length !== 1) continue;
    weights.set(
      value.name,
      floats(
        found.shape,
        Float32Array.from(found.data, () => 0.2 + random.uniform()),
      ),
    );
  }
  return toOnnxModel(graph, { weights, metadata: { task: 'image-classification' } });
}

/** DARTS_V2 of 6 units and 5 words; of a fixed number of steps, where one is given. */
export function languageModel(seed: number, unroll?: number): OnnxModel {
  const shape = { words: 5, units: 6 };
  const graph = rnnInferenceGraph(shape, publishedRnnGenotypes.DARTS_V2, {
    ...(unroll !== undefined && { unroll }),
  });
  return toOnnxModel(graph, { weights: initialise(graph, new Random(seed)) });
}

/** What such a model is given: two words of each of two texts, and their states. */
export const twoTexts = {
  tokens: new ort.Tensor('int64', BigInt64Array.of(1n, 4n, 2n, 0n), [2, 2]),
  hidden_in: new ort.Tensor(
    'float32',
    Float32Array.from({ length: 12 }, (_, i) => i / 12),
    [2, 6],
  ),
};

/** One output as numbers. */
export interface Answer {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** What the model gives, in onnxruntime, which may not rewrite it. */
export async function answers(model: OnnxModel, input: ort.Tensor): Promise<ReadonlyMap<string, Answer>> {
  return answersTo(model, { [model.graph.inputs[0]?.name ?? '']: input });
}

export async function answersTo(
  model: OnnxModel,
  feeds: Readonly<Record<string, ort.Tensor>>,
): Promise<ReadonlyMap<string, Answer>> {
  const session = await ort.InferenceSession.create(encodeModel(model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const given = await session.run(feeds);
  await session.release();
  return new Map(
    Object.entries(given).map(([name, { dims, data }]) => [
      name,
      { dims, data: Array.from(data as Float32Array | BigInt64Array, Number) },
    ]),
  );
}

/** Images [batch, 3, side, side] from −1 to 1. */
export function pictures(seed: number, batch: number, side: number): ort.Tensor {
  const random = new Random(seed);
  const data = Float32Array.from({ length: batch * 3 * side * side }, () => 2 * random.uniform() - 1);
  return new ort.Tensor('float32', data, [batch, 3, side, side]);
}

/** The largest difference of two lists, as a share of the largest number in the second. */
export function apart(given: Answer | undefined, wanted: Answer | undefined): number {
  if (given === undefined || wanted === undefined || given.dims.join() !== wanted.dims.join())
    return Infinity;
  const scale = Math.max(...wanted.data.map(Math.abs));
  return Math.max(...given.data.map((value, i) => Math.abs(value - (wanted.data[i] ?? Number.NaN)))) / scale;
}
