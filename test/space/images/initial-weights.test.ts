import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import { Random } from '../../../src/random.ts';
import { imageInput } from '../../../src/space/images/cnn.ts';
import { networkContext, type InitialWeights } from '../../../src/space/images/layers.ts';
import { trainedNetwork } from '../../../src/space/images/network.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { digested } from '../../support/digested.ts';

const shape = { channels: 16, layers: 3, classes: 10, image: [3, 32, 32] } as const;

/** Initial weights of an evaluation network with its auxiliary head, by name; `shape` of a filter has four sides. */
function start(initial?: InitialWeights): ReadonlyMap<string, Tensor> {
  const b = new GraphBuilder();
  const options = { mode: 'train', affine: true } as const;
  const context = networkContext(b, initial === undefined ? options : { ...options, initial });
  const image = imageInput(b, shape, 2);
  const outputs = trainedNetwork(context, shape, publishedGenotypes.DARTS_V2, image, {
    auxiliary: true,
    dropPath: false,
  });
  const { logits, auxiliary = logits } = outputs;
  return initialise(b.finish('network', { logits, auxiliary }), new Random(1));
}

const now = start();
const then = start('pytorch-0.3.1');
const isScale = (name: string) => name.endsWith('.scale');
/** A filter for each channel: [C, 1, k, k]. */
const isDepthwise = ({ shape: sides }: Tensor) => sides.length === 4 && sides[1] === 1 && (sides[2] ?? 0) > 1;

test('PyTorch’s defaults are those of today where nothing is said', () => {
  expect(digested(start('pytorch'))).toEqual(digested(now));
  const scales = [...now].filter(([name]) => isScale(name));
  expect(scales.length).toBeGreaterThan(15);
  for (const [, { data }] of scales) expect(new Set(data)).toEqual(new Set([1]));
});

test('in PyTorch 0.3.1 the scale of batch norm starts uniform in [0, 1)', () => {
  const scales = [...then].flatMap(([name, { data }]) => (isScale(name) ? [...data] : []));
  expect(Math.min(...scales)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...scales)).toBeLessThan(1);
  // Thousands of them: mean and variance of a uniform distribution within four standard errors.
  const mean = scales.reduce((sum, value) => sum + value, 0) / scales.length;
  const variance = scales.reduce((sum, value) => sum + (value - mean) ** 2, 0) / scales.length;
  const error = Math.sqrt(1 / 12 / scales.length);
  expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 * error);
  expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * error);
});

test('in PyTorch 0.3.1 a depthwise convolution’s fan in is over all channels', () => {
  const depthwise = [...then].filter(([, tensor]) => isDepthwise(tensor));
  expect(depthwise.length).toBeGreaterThan(10);
  for (const [name, { shape: sides, data }] of depthwise) {
    const [channels = 0, , height = 0, width = 0] = sides;
    const largest = Math.max(...[...data].map(Math.abs));
    const bound = 1 / Math.sqrt(channels * height * width);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.9 * bound);
    const today = Math.max(...[...(now.get(name)?.data ?? [])].map(Math.abs));
    expect(today / largest).toBeCloseTo(Math.sqrt(channels), 4);
  }
});

test('all else starts as it does today', () => {
  expect([...then.keys()]).toEqual([...now.keys()]);
  const others = [...then].filter(([name, tensor]) => !isScale(name) && !isDepthwise(tensor));
  expect(others.length).toBeGreaterThan(40);
  for (const [name, tensor] of others) expect(digested(tensor)).toEqual(digested(now.get(name)));
});
