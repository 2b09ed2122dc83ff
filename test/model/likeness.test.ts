import { describe, expect, it } from 'vitest';
import { requireValid } from '../../exporters/onnx/check.ts';
import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { halved } from '../../exporters/passes/half.ts';
import { initialise } from '../../src/graph/initialise.ts';
import { cosineOf, requireAlike } from '../../src/model/likeness.ts';
import { settled } from '../../src/model/settle.ts';
import { Random } from '../../src/random.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { inferenceGraph } from '../../src/space/images/network-graphs.ts';

describe('the cosine between two rows', () => {
  it.each([
    ['the same', [1, 2, 4], [1, 2, 4], 1],
    ['another length', [1, 2, 4], [2, 4, 8], 1],
    ['another mean, which a softmax does not see', [1, 2, 4], [11, 12, 14], 1],
    ['the other way round', [1, 2, 3], [3, 2, 1], -1],
    ['at right angles', [1, -1, 0, 0], [0, 0, 1, -1], 0],
    ['at sixty degrees', [1, -1, 0], [1, 0, -1], 0.5],
    ['nothing but equal numbers', [2, 2, 2], [5, 5, 5], 1],
    ['equal numbers that were not equal', [1, 2, 3], [5, 5, 5], 0],
  ])('%s', (_, one, other, cosine) => {
    expect(cosineOf(one, other)).toBeCloseTo(cosine, 12);
  });

  it('is 0 where a number is none, in both too', () => {
    expect(cosineOf([1, 2, 3], [1, Number.NaN, 3])).toBe(0);
    expect(cosineOf([1, Number.NaN, 3], [1, Number.NaN, 3])).toBe(0);
  });
});

describe('two models', () => {
  const network = (seed: number) => {
    const shape = { channels: 4, layers: 3, classes: 10, image: [3, 8, 8] } as const;
    const graph = inferenceGraph(shape, publishedGenotypes.DARTS_V2);
    const weights = settled(graph, initialise(graph, new Random(seed)));
    const metadata = { input_mean: '[0,0,0]', input_std: '[1,1,1]' };
    const model = toOnnxModel(graph, {
      weights,
      opset: 17,
      name: 'test',
      producerVersion: '0',
      metadata,
    });
    requireValid(model, 'a test');
    return model;
  };

  it('of fewer bits are alike', async () => {
    const { cosine } = await requireAlike(network(0), halved(network(0)).model, undefined);
    expect(cosine).toBeGreaterThan(0.9999);
  });

  it('of other weights are refused, and nothing is said to be written', async () => {
    await expect(requireAlike(network(0), network(1), undefined)).rejects.toMatchObject({
      code: 'gate/failed',
      message: expect.stringMatching(/too few for this network: its logits have a cosine of -?0\.\d{4} /),
      help: expect.stringContaining('Nothing was written'),
    });
  });
});
