/**
 * The second-order alpha step of the recurrent search against the same thing written out: plain numbers, in double
 * precision, that know only the gradients of a loss at given weights.
 *
 * The rules (the official code's architect): no momentum; the training gradient is clipped before weight decay is added
 * to it; the direction is clipped before it is used; and the implicit term is multiplied by the learning rate times the
 * clip coefficient of the training gradient as it is, even where it is over 1 and nothing was clipped. In the official
 * code the embedding stays where it is while all else steps ahead; ours can do either.
 */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autodiff/grad.ts';
import { batchify, slice, type TextSlice } from '../../../src/data/text/batches.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { inline, sameInput } from '../../../src/graph/inline.ts';
import { type Tensor, type Tensors } from '../../../src/graph/tensor.ts';
import type { Value } from '../../../src/graph/types.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { textBilevel } from '../../support/text-bilevel.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../../src/tasks/text/search-settings.ts';
import { rnnSearchLoss } from '../../../src/tasks/text/search-loss.ts';
import { noPenalties } from '../../../src/space/text/loss.ts';
import { noDropout } from '../../../src/space/text/masks.ts';
import { textFeeds } from '../../../src/tasks/text/feeds.ts';

const batch = 3;
const bptt = 4;
const shape = { words: 5, units: 3, nodes: 2, primitives: rnnSearchPresets['darts-rnn'].primitives };
const rate = 0.8;
const weightDecay = 0.02;
const beta1 = 0.9;

const config: RnnSearchConfig = {
  ...rnnSearchPresets['darts-rnn'],
  units: shape.units,
  nodes: shape.nodes,
  order: 2,
  batch_size: batch,
  bptt,
  weight_decay: weightDecay,
  // Masks would be different ones in each pass.
  dropout_output: 0,
  dropout_hidden: 0,
  dropout_x: 0,
  dropout_input: 0,
  alpha_beta1: beta1,
  alpha_weight_decay: 0,
};

const table = batchify(
  Int32Array.from({ length: 60 }, (_, i) => (i * i + (i >> 2)) % 5),
  batch,
);
/** The training slice is a short one. */
const training = slice(table, 0, 3);
const valid = slice(table, 8, bptt);

/** Numbers by the name of the weight that they belong to. */
type Vectors = ReadonlyMap<string, Float64Array>;

const mapped = (vectors: Vectors, of: (value: number, name: string, i: number) => number): Vectors =>
  new Map([...vectors].map(([name, data]) => [name, data.map((value, i) => of(value, name, i))]));
const at = (vectors: Vectors, name: string, i: number) => vectors.get(name)?.[i] ?? Number.NaN;
const norm = (vectors: Vectors) =>
  Math.sqrt([...vectors.values()].flatMap((data) => [...data]).reduce((sum, value) => sum + value ** 2, 0));

const sizeOfLoss = { batch, rates: noDropout, penalties: noPenalties };

/** The gradients of the search network's loss on a slice of text, as a function of its weights. */
async function gradientsOn(text: TextSlice, state: Tensors, hidden: Tensor | undefined) {
  const { graph } = rnnSearchLoss(shape, { ...sizeOfLoss, steps: text.length });
  const b = new GraphBuilder();
  const wanted: Value[] = [];
  const outputs = inline(b, graph, (input) => {
    const value = sameInput(b, input);
    if (input.role === 'weight' || input.role === 'alpha') wanted.push(value);
    return value;
  });
  const loss = outputs.get('loss');
  if (loss === undefined || hidden === undefined) throw new Error('no loss, or no hidden state');
  const gradients = grad(b, loss, wanted).map((value, i) => [`by.${wanted[i]?.name}`, value] as const);
  const differentiated = b.finish('gradients', Object.fromEntries(gradients));
  const program = await createReferenceRuntime().compile(differentiated);
  const fixed = new Map([...state, ...textFeeds(text), ['hidden_in', hidden]]);
  return async (weights: Vectors) => {
    const feeds = differentiated.inputs.map(({ value: { name } }): [string, Tensor] => {
      const [tensor, data] = [fixed.get(name), weights.get(name)];
      if (tensor === undefined) throw new Error(`no "${name}"`);
      return [name, data === undefined ? tensor : { ...tensor, data }];
    });
    const found = await program.run(new Map(feeds));
    const by = (name: string) => Float64Array.from(found.get(`by.${name}`)?.data ?? []);
    return { byAlpha: by('alpha'), byWeights: mapped(weights, (_, name, i) => by(name)[i] ?? Number.NaN) };
  };
}

/** The architecture gradient, written out. */
async function writtenOut(state: Tensors, clip: number, embedding: 'moved' | 'held') {
  const onTraining = await gradientsOn(training, state, state.get('hidden.training'));
  const onValid = await gradientsOn(valid, state, state.get('hidden.valid'));
  const weights: Vectors = new Map(
    weightNames.map((name) => [name, Float64Array.from(state.get(name)?.data ?? [])]),
  );
  const gradient = (await onTraining(weights)).byWeights;
  const coefficient = clip / (norm(gradient) + 1e-6);
  const ahead = mapped(weights, (w, name, i) => {
    if (name === 'embedding.weight' && embedding === 'held') return w;
    return w - rate * (Math.min(1, coefficient) * at(gradient, name, i) + weightDecay * w);
  });

  const unrolled = await onValid(ahead);
  const directionNorm = norm(unrolled.byWeights);
  const shrink = Math.min(1, clip / (directionNorm + 1e-6));
  const direction = mapped(unrolled.byWeights, (value) => shrink * value);

  const epsilon = 0.01 / norm(direction);
  const beside = (side: number) =>
    onTraining(mapped(weights, (w, name, i) => w + side * epsilon * at(direction, name, i)));
  const [plus, minus] = [(await beside(1)).byAlpha, (await beside(-1)).byAlpha];
  const implicit = plus.map((value, i) => {
    return rate * coefficient * ((value - (minus[i] ?? Number.NaN)) / (2 * epsilon));
  });
  const total = unrolled.byAlpha.map((value, i) => value - (implicit[i] ?? Number.NaN));
  return { total, implicit, coefficient, directionNorm };
}

const weightNames = rnnSearchLoss(shape, { ...sizeOfLoss, steps: bptt })
  .graph.inputs.filter(({ role }) => role === 'weight')
  .map(({ value }) => value.name);

describe.each(['moved', 'held'] as const)('the second-order alpha step, the embedding %s,', (embedding) => {
  it.each([
    [0.3, 'which bites', true],
    [5, 'which does not, so that the coefficient is over 1', false],
  ])('with a clip of %f, %s, is what is written out here', async (clip, _, bites) => {
    const runtime = createReferenceRuntime();
    const store = runtime.createStore();
    const settings = { ...config, clip, virtual_embedding: embedding };
    const programs = await textBilevel(runtime, store, shape, settings, new Random(1));
    // Weights far from zero, alphas that differ, and states in the middle of a text.
    const random = new Random(5);
    const lively = ['alpha', 'hidden.training', 'hidden.valid', ...weightNames];
    for (const [name, tensor] of await store.read(lively)) {
      const data = Float64Array.from(tensor.data, () => 0.5 * random.normal());
      store.write(new Map([[name, { ...tensor, data }]]));
    }
    const state = await store.read();
    await programs.alpha({ training, valid }, 1, rate, new Random(7));
    // Adam's first mean is the gradient, but for its factor.
    const mean = (await store.read(['adam.mean.alpha'])).get('adam.mean.alpha')?.data ?? [];

    const { total, implicit, coefficient, directionNorm } = await writtenOut(state, clip, embedding);
    // The other way leads somewhere else.
    const other = await writtenOut(state, clip, embedding === 'held' ? 'moved' : 'held');
    expect(
      Math.max(...total.map((value, i) => Math.abs(value - (other.total[i] ?? Number.NaN)))),
    ).toBeGreaterThan(1e-6);
    expect([coefficient < 1, directionNorm > clip]).toEqual([bites, bites]);
    expect(Math.max(...implicit.map(Math.abs))).toBeGreaterThan(1e-4);
    expect(mean).toHaveLength(total.length);
    total.forEach((value, i) => expect((mean[i] ?? Number.NaN) / (1 - beta1)).toBeCloseTo(value, 10));
  });
});
