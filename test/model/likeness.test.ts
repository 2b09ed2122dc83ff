import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireValid } from '../../exporters/onnx/check/check.ts';
import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { halved } from '../../exporters/passes/half.ts';
import { initialise } from '../../src/graph/initialise.ts';
import { exportGenotype } from '../../src/model/export.ts';
import { cosineOf, requireAlike } from '../../src/model/likeness.ts';
import { settled } from '../../src/model/settle.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { Random } from '../../src/random.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { inferenceGraph } from '../../src/space/images/network-graphs.ts';
import { temporaryFolder } from '../data/temporary.ts';

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
    expect(cosineOf([one], [other])).toBeCloseTo(cosine, 12);
  });

  it('is 0 where a number is none, in both too', () => {
    expect(cosineOf([[1, 2, 3]], [[1, Number.NaN, 3]])).toBe(0);
    expect(cosineOf([[1, Number.NaN, 3]], [[1, Number.NaN, 3]])).toBe(0);
  });
});

describe('the cosine between several rows', () => {
  it('is of all together, each without its own mean', () => {
    // (1, -1, 2, -2) and (1, -1, 0, 0).
    const [one, other] = [
      [
        [6, 4],
        [2, -2],
      ],
      [
        [1, -1],
        [7, 7],
      ],
    ];
    expect(cosineOf(one, other)).toBeCloseTo(2 / Math.sqrt(20), 12);
  });

  it('is not that of an input between two classes, which falls to the other side by next to nothing', () => {
    const between = (side: number) => [
      [5, -5],
      [0.001 * side, 0],
      [-4, 4],
    ];
    expect(cosineOf(between(1), between(-1))).toBeGreaterThan(0.999999);
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

  it('of three classes are alike where an image lies between them', async () => {
    // Of 16 samples one has logits that are nearly equal: by itself, a cosine of 0.97.
    const order = {
      task: 'images',
      out: join(await temporaryFolder(), 'model.onnx'),
      shape: { channels: 4, layers: 3, classes: 3, image: [3, 32, 32] },
      genotype: publishedGenotypes.DARTS_V2,
      seed: 7,
      passes: { int8: true },
    } as const;
    const { likeness } = await exportGenotype(order, silentReporter);
    expect(likeness?.cosine).toBeGreaterThan(likeness?.least ?? 1);
  });

  it('of other weights are refused, and nothing is said to be written', async () => {
    await expect(requireAlike(network(0), network(1), undefined)).rejects.toMatchObject({
      code: 'gate/failed',
      message: expect.stringMatching(/too few for this network: its logits have a cosine of -?0\.\d+ with/),
      help: expect.stringContaining('Nothing was written'),
    });
  });
});
