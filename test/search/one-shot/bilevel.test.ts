/**
 * Both steps of a search against the rules of their optimizers written out (DARTS, section 3.1; SGD and Adam as in
 * PyTorch), with the settings of the search's configuration. Gradients come from a search that does nothing else with
 * them: no momentum, no decay, no clip.
 */
import { describe, expect, it } from 'vitest';
import { evaluationBatches, type Batch } from '../../../src/data/images/batches.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { createBilevel } from '../../../src/search/one-shot/bilevel.ts';
import { imageSupernet } from '../../../src/tasks/images/search.ts';
import { searchPresets, type SearchConfig } from '../../../src/tasks/images/search-settings.ts';

const config: SearchConfig = {
  ...searchPresets.darts,
  channels: 2,
  layers: 1,
  nodes: 1,
  primitives: ['none', 'skip_connect', 'dil_conv_3x3'],
  batch_size: 4,
  // None of them what is usual, and all of them felt within three steps; every gradient is clipped.
  momentum: 0.7,
  weight_decay: 0.05,
  clip: 0.02,
  alpha_rate: 0.1,
  alpha_beta1: 0.6,
  alpha_beta2: 0.8,
  alpha_weight_decay: 0.3,
};
const images = syntheticImages({ count: 12, classes: 3, size: 8, seed: 1 });
const shape = {
  channels: config.channels,
  layers: config.layers,
  nodes: config.nodes,
  primitives: config.primitives,
  classes: 3,
  image: [3, 8, 8] as const,
};
const batches = [...evaluationBatches(images, config.batch_size)];
const rate = 0.25;

async function begin(settings: Partial<SearchConfig>) {
  const runtime = createReferenceRuntime();
  const store = runtime.createStore();
  const all = { ...config, ...settings };
  const programs = await createBilevel(runtime, store, imageSupernet(shape, all), all, new Random(5));
  const names = new Set(
    programs.stateful
      .flatMap(({ inputs }) => inputs.map(({ value }) => value.name))
      .filter((name) => store.has(name)),
  );
  const numbers = async (): Promise<ReadonlyMap<string, readonly number[]>> => {
    const state = await store.read([...names]);
    return new Map([...state].map(([name, { data }]) => [name, [...data]]));
  };
  const take = (i: number): Batch => {
    const batch = batches[i];
    if (batch === undefined) throw new Error(`no batch ${i}`);
    return batch;
  };
  return { programs, store, names, numbers, take };
}

type State = ReadonlyMap<string, readonly number[]>;

function at(state: State, name: string, i: number): number {
  return state.get(name)?.[i] ?? Number.NaN;
}

/** What is kept as `prefix` + the name of a weight or an alpha: those names. */
function ownersOf(state: State, prefix: string): readonly string[] {
  return [...state.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

function expectClose(state: State, name: string, expected: readonly number[]): void {
  expect(state.get(name)?.length).toBe(expected.length);
  const off = expected.map((value, i) => Math.abs(at(state, name, i) - value));
  expect(Math.max(...off), name).toBeLessThan(5e-11);
}

describe('a search', () => {
  it('moves weights by SGD: clipped gradient, then decay, then momentum', async () => {
    const tried = await begin({});
    const plain = await begin({ momentum: 0, weight_decay: 0, clip: 1e9 });
    for (const step of [0, 1, 2]) {
      plain.store.write(await tried.store.read([...tried.names]));
      await plain.programs.weight(tried.take(step), rate);
      const gradients = await plain.numbers();
      const before = await tried.numbers();
      await tried.programs.weight(tried.take(step), rate);
      const after = await tried.numbers();

      const weights = ownersOf(before, 'velocity.');
      const all = weights.flatMap((name) => gradients.get(`velocity.${name}`) ?? []);
      const norm = Math.hypot(...all);
      expect(norm).toBeGreaterThan(config.clip);
      for (const name of weights) {
        const velocity = (before.get(name) ?? []).map((weight, i) => {
          const clipped = (at(gradients, `velocity.${name}`, i) * config.clip) / (norm + 1e-6);
          return config.momentum * at(before, `velocity.${name}`, i) + clipped + config.weight_decay * weight;
        });
        expectClose(after, `velocity.${name}`, velocity);
        expectClose(
          after,
          name,
          velocity.map((value, i) => at(before, name, i) - rate * value),
        );
      }
    }
  });

  it.each([1, 2] as const)(
    'of order %i moves alphas by Adam, with its decay and bias corrections',
    async (order) => {
      const tried = await begin({ order });
      const plain = await begin({ order, alpha_beta1: 0, alpha_weight_decay: 0 });
      for (const step of [0, 1, 2]) {
        const given = { training: tried.take(step), valid: tried.take((step + 1) % 3) };
        plain.store.write(await tried.store.read([...tried.names]));
        await plain.programs.alpha(given, step + 1, rate);
        const gradients = await plain.numbers();
        const before = await tried.numbers();
        await tried.programs.alpha(given, step + 1, rate);
        const after = await tried.numbers();

        const { alpha_rate, alpha_beta1: beta1, alpha_beta2: beta2, alpha_weight_decay } = config;
        const alphas = ownersOf(before, 'adam.mean.');
        expect(alphas).toHaveLength(2);
        for (const name of alphas) {
          const moved = (before.get(name) ?? []).map((alpha, i) => {
            const gradient = at(gradients, `adam.mean.${name}`, i) + alpha_weight_decay * alpha;
            const mean = beta1 * at(before, `adam.mean.${name}`, i) + (1 - beta1) * gradient;
            const square = beta2 * at(before, `adam.square.${name}`, i) + (1 - beta2) * gradient ** 2;
            const [first, second] = [mean / (1 - beta1 ** (step + 1)), square / (1 - beta2 ** (step + 1))];
            return { mean, square, alpha: alpha - (alpha_rate * first) / (Math.sqrt(second) + 1e-8) };
          });
          expectClose(
            after,
            `adam.mean.${name}`,
            moved.map(({ mean }) => mean),
          );
          expectClose(
            after,
            `adam.square.${name}`,
            moved.map(({ square }) => square),
          );
          expectClose(
            after,
            name,
            moved.map(({ alpha }) => alpha),
          );
        }
        await tried.programs.weight(given.training, rate);
      }
    },
  );
});
