import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../../exporters/onnx/check/check.ts';
import { softmax, topK } from '../../../exporters/passes/answers.ts';
import { foldBatchNorm } from '../../../exporters/passes/fold-batch-norm.ts';
import { preprocess } from '../../../exporters/passes/preprocess.ts';
import { keptFromBytes } from '../../../exporters/passes/keep-float.ts';
import { layersOf, quantisable, quantised } from '../../../exporters/passes/quantise.ts';
import { halved } from '../../../exporters/passes/half.ts';
import { fromHalf } from '../../../proto/half.ts';
import type { OnnxModel } from '../../../proto/onnx.ts';
import { Random } from '../../../src/random.ts';
import { rangesOn as rangesOnSamples } from '../../../src/model/calibrate.ts';
import { layerNoise } from '../../../src/model/layer-noise.ts';
import {
  answers,
  answersTo,
  apart,
  classifier,
  languageModel,
  mean,
  pictures,
  std,
  twoTexts,
} from './classifiers.ts';

const ops = (model: OnnxModel) => model.graph.nodes.map(({ opType }) => opType);

const weightBytes = (model: OnnxModel) =>
  model.graph.initializers.reduce(
    (sum, { dtype, data }) => sum + (dtype === 'string' ? 0 : data.byteLength),
    0,
  );

describe('batch norm folded into convolutions', () => {
  it.each(['cifar10', 'imagenet'] as const)('leaves none, and the answers alone (%s)', async (stem) => {
    const plain = classifier(3, stem);
    const folded = foldBatchNorm(plain);
    expect(ops(plain)).toContain('BatchNormalization');
    expect(ops(folded)).not.toContain('BatchNormalization');
    expect(faultsIn(folded)).toEqual([]);
    const images = pictures(5, 3, stem === 'cifar10' ? 16 : 64);
    const [given, wanted] = [await answers(folded, images), await answers(plain, images)];
    expect(apart(given.get('logits'), wanted.get('logits'))).toBeLessThan(1e-5);
    // What it is compared with says something.
    expect(new Set(wanted.get('logits')?.data).size).toBeGreaterThan(7);
  });

  it('keeps one whose convolution feeds something else too', () => {
    const plain = classifier(3);
    const conv = plain.graph.nodes.find(({ opType }) => opType === 'Conv');
    const [output = ''] = conv?.outputs ?? [];
    const read = {
      ...plain.graph,
      outputs: [...plain.graph.outputs, { name: output, type: { kind: 'unknown' } as const }],
    };
    const folded = foldBatchNorm({ ...plain, graph: read });
    expect(ops(folded).filter((op) => op === 'BatchNormalization')).toHaveLength(1);
  });
});

describe('answers', () => {
  it('are probabilities after softmax', async () => {
    const plain = classifier(4);
    const images = pictures(6, 2, 16);
    const logits = (await answers(plain, images)).get('logits')?.data ?? [];
    const given = (await answers(softmax(plain), images)).get('probabilities');
    const wanted = [logits.slice(0, 7), logits.slice(7)].flatMap((row) => {
      const powers = row.map((logit) => Math.exp(logit - Math.max(...row)));
      const sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((power) => power / sum);
    });
    expect(apart(given, { dims: [2, 7], data: wanted })).toBeLessThan(1e-5);
  });

  it('are the best classes with their scores, best first', async () => {
    const plain = classifier(4);
    const images = pictures(6, 2, 16);
    const logits = (await answers(plain, images)).get('logits')?.data ?? [];
    const model = topK(3)(softmax(plain));
    expect(faultsIn(model)).toEqual([]);
    const given = await answers(model, images);
    const order = (row: readonly number[]) =>
      row.map((_, i) => i).toSorted((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
    expect(given.get('classes')).toEqual({
      dims: [2, 3],
      data: [logits.slice(0, 7), logits.slice(7)].flatMap((row) => order(row).slice(0, 3)),
    });
    const scores = given.get('scores')?.data ?? [];
    expect(scores.slice(0, 3)).toEqual(scores.slice(0, 3).toSorted((a, b) => b - a));
    expect(new Map(model.metadata).get('output')).toBe('the best 3 probabilities and their classes');
  });

  it('are refused beyond the number of classes', () => {
    expect(() => topK(8)(classifier(4))).toThrow(
      'the best 8 were asked for, and the model tells 7 classes apart',
    );
  });
});

it('bytes, channels last, are what the pipeline makes of them', async () => {
  const plain = classifier(7);
  const random = new Random(1);
  const [batch, side] = [2, 16];
  const bytes = Uint8Array.from({ length: batch * side * side * 3 }, () =>
    Math.floor(256 * random.uniform()),
  );
  const planes = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const [channel, position, image] = [
      i % 3,
      Math.floor(i / 3) % (side * side),
      Math.floor(i / (3 * side * side)),
    ];
    const value = ((bytes[i] ?? 0) / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 0);
    planes[(image * 3 + channel) * side * side + position] = value;
  }
  const model = preprocess({ mean, std })(plain);
  expect(faultsIn(model)).toEqual([]);
  const given = await answers(model, new ort.Tensor('uint8', bytes, [batch, side, side, 3]));
  const wanted = await answers(plain, new ort.Tensor('float32', planes, [batch, 3, side, side]));
  expect(apart(given.get('logits'), wanted.get('logits'))).toBeLessThan(1e-5);
});

describe('float16', () => {
  it('keeps inputs and outputs, and the answers to three digits', async () => {
    const plain = classifier(8);
    const { model, loss } = halved(plain);
    expect(loss).toEqual({ overflowed: [], vanished: 0 });
    expect(faultsIn(model)).toEqual([]);
    expect(model.graph.inputs).toEqual(plain.graph.inputs);
    expect(model.graph.outputs).toEqual(plain.graph.outputs);
    expect(weightBytes(model)).toBeLessThan(0.51 * weightBytes(plain));
    const images = pictures(9, 2, 16);
    const [given, wanted] = [await answers(model, images), await answers(plain, images)];
    expect(apart(given.get('logits'), wanted.get('logits'))).toBeLessThan(5e-3);
    expect(apart(given.get('logits'), wanted.get('logits'))).toBeGreaterThan(1e-7);
  });

  it('says what it cannot hold', () => {
    const plain = classifier(8);
    const [first, ...others] = plain.graph.initializers;
    if (first?.dtype !== 'float32') throw new Error('the first initializer holds no floats');
    const data = first.data.map((value, i) => (i === 0 ? 1e6 : i === 1 ? 1e-9 : value));
    const damaged = { ...plain, graph: { ...plain.graph, initializers: [{ ...first, data }, ...others] } };
    const { model, loss } = halved(damaged);
    expect(loss).toEqual({ overflowed: [{ name: first.name, value: 1e6 }], vanished: 1 });
    const [tensor] = model.graph.initializers;
    expect(tensor?.dtype === 'float16' && fromHalf(tensor.data[0] ?? 0)).toBe(65504);
  });

  it.each(['any length', 'unrolled'])('takes a recurrent network, its body included (%s)', async (length) => {
    const plain = languageModel(3, length === 'unrolled' ? 2 : undefined);
    const { model } = halved(plain);
    expect(faultsIn(model)).toEqual([]);
    const [given, wanted] = [await answersTo(model, twoTexts), await answersTo(plain, twoTexts)];
    for (const name of ['log_probs', 'hidden_out']) {
      expect(apart(given.get(name), wanted.get(name))).toBeLessThan(5e-3);
    }
  });
});

const rangesOn = (model: OnnxModel, { data, dims }: ort.Tensor) =>
  rangesOnSamples(model, [{ dtype: 'float32', shape: dims, data: data as Float32Array }]);

describe('eight bits', () => {
  it('give nearly the answers, in fewer bytes', async () => {
    const plain = foldBatchNorm(classifier(9));
    const images = pictures(10, 4, 16);
    const model = quantised(plain, await rangesOn(plain, images));
    expect(faultsIn(model)).toEqual([]);
    expect(weightBytes(model)).toBeLessThan(0.6 * weightBytes(plain));
    const inBytes = model.graph.initializers.filter(({ dtype, dims }) => dtype === 'int8' && dims.length > 1);
    expect(inBytes).toHaveLength(layersOf(plain).length);
    expect(inBytes.length).toBeGreaterThan(10);
    const [given, wanted] = [await answers(model, images), await answers(plain, images)];
    expect(apart(given.get('logits'), wanted.get('logits'))).toBeLessThan(0.1);
    expect(apart(given.get('logits'), wanted.get('logits'))).toBeGreaterThan(1e-5);
    expect(model.graph.inputs).toEqual(plain.graph.inputs);
    expect(model.graph.outputs).toEqual(plain.graph.outputs);
  });

  it('leave what is kept in float32 as it was', async () => {
    const plain = foldBatchNorm(classifier(9));
    const ranges = await rangesOn(plain, pictures(10, 4, 16));
    const kept = keptFromBytes(plain, ['cells.0', 'Gemm']);
    const model = quantised(plain, ranges, kept);
    expect(faultsIn(model)).toEqual([]);
    const held = new Map(model.graph.initializers.map((each) => [each.name, each]));
    for (const { name, inputs } of plain.graph.nodes) {
      const isKept = name.startsWith('cells.0.') || name === 'classifier.gemm';
      const layer = layersOf(plain).find((each) => each.name === name);
      if (layer === undefined) continue;
      const weight = inputs[1] ?? '';
      expect(held.get(weight)?.dtype, name).toBe(isKept ? 'float32' : undefined);
      // And it is given what was not rounded.
      const now = model.graph.nodes.find((each) => each.name === name);
      if (isKept) expect(now?.inputs).toEqual(inputs);
      else expect(now?.inputs).not.toEqual(inputs);
    }
  });

  it('change nothing where all is kept', async () => {
    const plain = foldBatchNorm(classifier(9));
    const ranges = await rangesOn(plain, pictures(10, 4, 16));
    expect(quantised(plain, ranges, new Set(quantisable(plain))).graph).toEqual(plain.graph);
  });

  it.each([
    ['nothing.like.it', '--keep-float "nothing.like.it": no node that becomes eight bits is called so'],
    ['Conv,Gemm', '--keep-float Conv,Gemm leaves nothing in eight bits'],
  ])('cannot be kept from %s', (asked, message) => {
    expect(() => keptFromBytes(foldBatchNorm(classifier(9)), asked.split(','))).toThrow(message);
  });
});

describe('signal to noise by layer', () => {
  it('falls by 20 dB for those that read a value in steps ten times too wide, and for no other', async () => {
    const plain = foldBatchNorm(classifier(9));
    const images = pictures(10, 4, 16);
    const ranges = await rangesOn(plain, images);
    const layers = layersOf(plain);
    const wide = layers.at(-1)?.inputs[0] ?? '';
    const { least, most } = ranges.get(wide) ?? { least: 0, most: 0 };
    const coarse = new Map([...ranges, [wide, { least: 10 * least, most: 10 * most }]]);
    const noise = async (given: typeof ranges) => {
      const sample = { dtype: 'float32', shape: images.dims, data: images.data as Float32Array } as const;
      const found = await layerNoise(plain, given, new Set(), sample);
      // The noisiest first.
      expect(found).toEqual(found.toSorted((a, b) => (a.snr ?? Infinity) - (b.snr ?? Infinity)));
      return new Map(found.map(({ layer, snr }) => [layer, snr ?? Infinity]));
    };
    const [before, after] = [await noise(ranges), await noise(coarse)];
    expect(before.size).toBe(layers.length);
    for (const { name, inputs } of layers) {
      const [was, is] = [before.get(name) ?? 0, after.get(name) ?? 0];
      // Eight bits of a value that fills its range are good for some 40 dB.
      expect(was, name).toBeGreaterThan(25);
      if (inputs[0] !== wide) expect(is, name).toBe(was);
      // Weights have noise of their own, which stays.
      else expect(was - is, name).toBeGreaterThan(10);
    }
  });
});
