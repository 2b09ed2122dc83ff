/** The steps of a search, first order and second, made from the recurrent network's loss. */
import { describe, expect, it } from 'vitest';
import { initialise } from '../../../src/graph/initialise.ts';
import { scalar, type Tensor } from '../../../src/graph/tensor.ts';
import { verify } from '../../../src/graph/verify.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { rnnSearchEvaluation, rnnSearchLoss } from '../../../src/tasks/text/search-loss.ts';
import { architectOf } from '../../support/architect.ts';
import { weightStep } from '../../../src/learn/weight-step.ts';
import { alphaStep } from '../../../src/search/one-shot/step.ts';
import { noPenalties } from '../../../src/space/text/loss.ts';
import { drawMasks } from '../../../src/space/text/masks.ts';
import { rnnPrimitives } from '../../../src/space/text/primitives.ts';

const shape = { words: 6, units: 8, nodes: 2, primitives: rnnPrimitives };
const size = { steps: 3, batch: 6 };
const rates = { embedding: 0, input: 0.05, x: 0.05, hidden: 0.05, output: 0.05 };
const training = rnnSearchLoss(shape, { ...size, rates, penalties: { activation: 0, slowness: 1e-3 } });
const valid = rnnSearchLoss(shape, { ...size, rates, penalties: noPenalties });

/** A text that counts: the next word is the word plus one. */
function batchFeeds(random: Random): Map<string, Tensor> {
  const starts = Array.from({ length: size.batch }, () => random.integer(shape.words));
  const rows = (ahead: number): Tensor => ({
    dtype: 'int64',
    shape: [size.steps, size.batch],
    data: Int32Array.from({ length: size.steps * size.batch }, (_, i) => {
      const start = starts[i % size.batch] ?? 0;
      return (start + Math.floor(i / size.batch) + ahead) % shape.words;
    }),
  });
  const hidden = new Float64Array(size.batch * shape.units);
  return new Map<string, Tensor>([
    ['tokens', rows(0)],
    ['targets', rows(1)],
    ['hidden_in', { dtype: 'float32', shape: [size.batch, shape.units], data: hidden }],
    ...drawMasks(random, rates, { ...shape, ...size }),
  ]);
}

describe('a recurrent search', () => {
  it('learns a text that counts, and moves alphas, by the steps that convolutional searches take', async () => {
    const runtime = createReferenceRuntime();
    const store = runtime.createStore();
    const random = new Random(1);
    const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-3 };
    const steps = {
      weight: weightStep(training, { momentum: 0, weightDecay: 5e-7, clip: 0.25 }),
      alpha: alphaStep(valid, adam),
    };
    for (const { graph } of Object.values(steps)) {
      verify(graph);
      store.write(initialise(graph, random));
    }
    const weight = await runtime.compile(steps.weight.graph, { store, updates: steps.weight.updates });
    const alpha = await runtime.compile(steps.alpha.graph, { store, updates: steps.alpha.updates });
    const before = await store.read(['alpha', 'cell.norm.running_mean']);
    const losses: number[] = [];
    for (let step = 1; step <= 60; step++) {
      const { first, second } = { first: 1 / (1 - 0.9 ** step), second: 1 / (1 - 0.999 ** step) };
      const scalars = { alpha_rate: 3e-3, first, second };
      const feeds = Object.entries(scalars).map(([name, value]) => [name, scalar(value)] as const);
      await alpha.run(new Map([...batchFeeds(random), ...feeds]));
      const outputs = await weight.run(new Map([...batchFeeds(random), ['rate', scalar(5)]]));
      losses.push(outputs.get('nll')?.data[0] ?? NaN);
      expect(outputs.get('hidden_out')?.shape).toEqual([size.batch, shape.units]);
      expect(outputs.get('loss')?.data[0]).toBeGreaterThan(losses.at(-1) ?? NaN);
    }
    expect(losses[0]).toBeCloseTo(Math.log(shape.words), 1);
    expect(losses.at(-1)).toBeLessThan(1);
    const after = await store.read(['alpha', 'cell.norm.running_mean']);
    expect(after).not.toEqual(before);

    const evaluation = await runtime.compile(rnnSearchEvaluation(shape, size), { store });
    const { tokens, targets, hidden_in } = Object.fromEntries(batchFeeds(random));
    if (!tokens || !targets || !hidden_in) throw new Error('a feed is missing');
    const measured = await evaluation.run(new Map(Object.entries({ tokens, targets, hidden_in })));
    expect([...measured.keys()].toSorted()).toEqual(['hidden_out', 'nll']);
    expect(measured.get('nll')?.data[0]).toBeLessThan(1);
  });

  it('has a second-order architecture gradient', async () => {
    const runtime = createReferenceRuntime();
    const store = runtime.createStore();
    const random = new Random(2);
    store.write(initialise(training.graph, random));
    const options = { momentum: 0, weightDecay: 5e-7 };
    const architect = architectOf(runtime, store, { training, valid }, options);
    const feeds = [batchFeeds(random), batchFeeds(random)] as const;
    const { gradients, outputs } = await architect.gradient(...feeds, 0.1);
    expect(gradients.get('gradient.alpha')?.shape).toEqual([3, 5]);
    expect(Math.max(...(gradients.get('gradient.alpha')?.data ?? []))).toBeGreaterThan(0);
    expect(outputs.get('hidden_out')?.shape).toEqual([size.batch, shape.units]);
  });
});
