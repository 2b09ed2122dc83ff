import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { floats, scalar, type Tensor } from '../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { adam, biasCorrections, sgd, type Updates } from '../../src/learn/optimizers.ts';
import { finishStep } from '../../src/learn/step-graph.ts';
import { tries } from '../support/properties.ts';

const numbers = fc.array(
  fc.integer({ min: -1024, max: 1024 }).map((n) => n / 512),
  { minLength: 4, maxLength: 4 },
);

/** Runs a step graph for each gradient in turn, over its own state. */
async function trajectory(
  b: GraphBuilder,
  updates: Updates,
  start: readonly number[],
  feeds: readonly Map<string, Tensor>[],
  norm: Record<string, ReturnType<GraphBuilder['input']>> = {},
): Promise<{ weights: number[][]; norms: number[] }> {
  const runtime = createReferenceRuntime();
  const store = runtime.createStore();
  const { graph, updates: targets } = finishStep(b, 'step', norm, updates);
  for (const { value, role } of graph.inputs) {
    if (role === 'data') continue;
    const data = value.name === 'w' ? start : start.map(() => 0);
    store.write(new Map([[value.name, floats([2, 2], data)]]));
  }
  const program = await runtime.compile(graph, { store, updates: targets });
  const weights: number[][] = [];
  const norms: number[] = [];
  for (const feed of feeds) {
    const outputs = await program.run(feed);
    norms.push(outputs.get('norm')?.data[0] ?? Number.NaN);
    weights.push([...((await store.read(['w'])).get('w')?.data ?? [])]);
  }
  return { weights, norms };
}

it('SGD is the rule it names: momentum, decay, clipping by the joint norm', async () => {
  await fc.assert(
    fc.asyncProperty(numbers, fc.array(numbers, { minLength: 3, maxLength: 3 }), async (start, gradients) => {
      const options = { momentum: 0.9, weightDecay: 3e-4, clip: 1 };
      const b = new GraphBuilder();
      const w = b.input('w', [2, 2], { role: 'weight' });
      const updates: Updates = new Map();
      const norm = sgd(b, [w], [b.input('g', [2, 2])], b.input('rate', []), options, updates);
      const feeds = gradients.map(
        (g, i) =>
          new Map([
            ['g', floats([2, 2], g)],
            ['rate', scalar(0.1 / (i + 1))],
          ]),
      );
      const found = await trajectory(b, updates, start, feeds, { norm });

      let weights = [...start];
      let velocity = start.map(() => 0);
      gradients.forEach((g, step) => {
        const length = Math.hypot(...g);
        const clip = Math.min(1, options.clip / (length + 1e-6));
        velocity = velocity.map((v, i) => 0.9 * v + clip * (g[i] ?? 0) + 3e-4 * (weights[i] ?? 0));
        weights = weights.map((value, i) => value - (0.1 / (step + 1)) * (velocity[i] ?? 0));
        expect(found.norms[step]).toBeCloseTo(length, 10);
        weights.forEach((value, i) => expect(found.weights[step]?.[i]).toBeCloseTo(value, 10));
      });
    }),
    { numRuns: tries(20) },
  );
});

it('Adam is the rule it names: L2 in the gradient, epsilon outside the bias correction', async () => {
  await fc.assert(
    fc.asyncProperty(numbers, fc.array(numbers, { minLength: 3, maxLength: 3 }), async (start, gradients) => {
      const options = { beta1: 0.5, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-3 };
      const b = new GraphBuilder();
      const w = b.input('w', [2, 2], { role: 'alpha' });
      const updates: Updates = new Map();
      const scalars = {
        rate: b.input('rate', []),
        first: b.input('first', []),
        second: b.input('second', []),
      };
      adam(b, [w], [b.input('g', [2, 2])], scalars, options, updates);
      const feeds = gradients.map((g, i) => {
        const { first, second } = biasCorrections(options, i + 1);
        return new Map([
          ['g', floats([2, 2], g)],
          ['rate', scalar(3e-4)],
          ['first', scalar(first)],
          ['second', scalar(second)],
        ]);
      });
      const found = await trajectory(b, updates, start, feeds);

      let weights = [...start];
      let [mean, square] = [start.map(() => 0), start.map(() => 0)];
      gradients.forEach((g, step) => {
        const t = step + 1;
        const decayed = g.map((value, i) => value + 1e-3 * (weights[i] ?? 0));
        mean = mean.map((m, i) => 0.5 * m + 0.5 * (decayed[i] ?? 0));
        square = square.map((s, i) => 0.999 * s + 0.001 * (decayed[i] ?? 0) ** 2);
        weights = weights.map((value, i) => {
          const denominator = Math.sqrt((square[i] ?? 0) / (1 - 0.999 ** t)) + 1e-8;
          return value - (3e-4 * ((mean[i] ?? 0) / (1 - 0.5 ** t))) / denominator;
        });
        weights.forEach((value, i) => expect(found.weights[step]?.[i]).toBeCloseTo(value, 9));
      });
    }),
    { numRuns: tries(20) },
  );
});
