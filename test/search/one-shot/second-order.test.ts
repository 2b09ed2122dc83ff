import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { inline, sameInput } from '../../../src/graph/inline.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { weightStep } from '../../../src/learn/weight-step.ts';
import type { LossGraph } from '../../../src/learn/loss-graph.ts';
import { supernetLoss } from '../../../src/tasks/images/supernet-loss.ts';
import { architectOf } from '../../support/architect.ts';
import { dartsPrimitives } from '../../../src/space/images/primitives.ts';
import type { SupernetShape } from '../../../src/space/images/supernet.ts';
import { velocityName } from '../../../src/learn/optimizers.ts';
import { tries } from '../../support/properties.ts';

const batch = 3;
const momentum = 0.9;
const weightDecay = 3e-4;

interface Case {
  readonly seed: number;
  readonly rate: number;
  readonly layers: number;
  readonly primitives: readonly (typeof dartsPrimitives)[number][];
}

const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.integer({ min: 0, max: 999 }),
  rate: fc.constantFrom(0.025, 0.1, 0.5),
  // One cell is a reduction; of three, the first is a normal one.
  layers: fc.constantFrom(1, 3),
  primitives: fc
    .subarray([...dartsPrimitives], { minLength: 2, maxLength: 4 })
    .filter((list) => list.filter((op) => op !== 'none').length > 0),
});

const shapeOf = ({ layers, primitives }: Case): SupernetShape => ({
  channels: 2,
  layers,
  nodes: 2,
  primitives,
  classes: 3,
  image: [3, 4, 4],
});

/**
 * L_val at w' = w − ξ(μ·v + ∇w L_train(w, α) + λ·w), and its exact gradient with respect to alpha, by applying `grad`
 * to what `grad` gave.
 */
function exactGraph(loss: LossGraph, rate: number): Graph {
  const b = new GraphBuilder();
  const own = new Map<string, Value>();
  const evaluate = (data: string, weight: (name: string, itself: Value) => Value) =>
    inline(b, loss.graph, (input) => {
      const { name } = input.value;
      if (input.role === 'data') return b.scope(data, () => sameInput(b, input));
      const itself = own.get(name) ?? sameInput(b, input);
      own.set(name, itself);
      return input.role === 'weight' ? weight(name, itself) : itself;
    }).get('loss') as Value;
  const trained = evaluate('train', (_, itself) => itself);
  const weights = loss.graph.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value.name);
  const alphas = loss.graph.inputs
    .filter(({ role }) => role === 'alpha')
    .map(({ value }) => own.get(value.name) as Value);
  const gradients = grad(
    b,
    trained,
    weights.map((name) => own.get(name) as Value),
  );
  const ahead = new Map(
    weights.map((name, i) => {
      const w = own.get(name) as Value;
      const velocity = b.input(velocityName(name), w.type.shape, { role: 'optimizer' });
      const times = (value: Value, factor: number) => b.op('Mul', [value, b.constant(factor)]);
      const force = b.op('Sum', [times(velocity, momentum), gradients[i] as Value, times(w, weightDecay)]);
      return [name, b.op('Sub', [w, times(force, rate)])] as const;
    }),
  );
  const valid = evaluate('valid', (name) => ahead.get(name) as Value);
  const exact = grad(b, valid, alphas);
  const outputs = Object.fromEntries(alphas.map((alpha, i) => [`gradient.${alpha.name}`, exact[i] as Value]));
  return verify(b.finish('exact', { valid, ...outputs }));
}

function stateFor(loss: LossGraph, seed: number): Map<string, Tensor> {
  const random = new Random(seed);
  const state = initialise(weightStep(loss, { momentum, weightDecay, clip: 5 }).graph, random);
  for (const [name, tensor] of state) {
    if (!name.startsWith('velocity.') && !name.startsWith('alpha.')) continue;
    const size = name.startsWith('alpha.') ? 1 : 0.05;
    state.set(name, { ...tensor, data: Float64Array.from(tensor.data, () => size * random.normal()) });
  }
  return state;
}

function dataFor(seed: number): Map<string, Tensor> {
  const random = new Random(seed).fork('data');
  const data = Float64Array.from({ length: batch * 48 }, () => random.normal());
  return new Map<string, Tensor>([
    ['image', { dtype: 'float32', shape: [batch, 3, 4, 4], data }],
    ['labels', { dtype: 'int64', shape: [batch], data: Int32Array.from([0, 1, 2]) }],
  ]);
}

const prefixed = (prefix: string, data: ReadonlyMap<string, Tensor>) =>
  [...data].map(([name, tensor]) => [`${prefix}.${name}`, tensor] as const);

async function exactGradient(case_: Case, shift?: readonly [alpha: string, at: number, by: number]) {
  const loss = supernetLoss(shapeOf(case_), batch);
  const graph = exactGraph(loss, case_.rate);
  const state = stateFor(loss, case_.seed);
  if (shift !== undefined) {
    const alpha = state.get(shift[0]) as Tensor;
    const data = Float64Array.from(alpha.data);
    data[shift[1]] = (data[shift[1]] ?? 0) + shift[2];
    state.set(shift[0], { ...alpha, data });
  }
  const all = new Map([
    ...state,
    ...prefixed('train', dataFor(case_.seed)),
    ...prefixed('valid', dataFor(case_.seed + 1)),
  ]);
  const feeds = new Map(graph.inputs.map(({ value }) => [value.name, all.get(value.name) as Tensor]));
  return (await createReferenceRuntime().compile(graph)).run(feeds);
}

async function approximateGradient(runtime: Runtime, case_: Case, epsilon: number) {
  const loss = supernetLoss(shapeOf(case_), batch);
  const store = runtime.createStore();
  store.write(stateFor(loss, case_.seed));
  const architect = architectOf(
    runtime,
    store,
    { training: loss, valid: loss },
    { momentum, weightDecay, epsilon },
  );
  const { gradients } = await architect.gradient(dataFor(case_.seed), dataFor(case_.seed + 1), case_.rate);
  store.dispose();
  return gradients;
}

/** ‖a − b‖ / ‖a‖ over all alphas. */
function relativeDistance(exact: ReadonlyMap<string, Tensor>, given: ReadonlyMap<string, Tensor>): number {
  let [gap, size] = [0, 0];
  for (const [name, { data }] of exact) {
    if (!name.startsWith('gradient.')) continue;
    data.forEach((value, i) => {
      gap += (value - (given.get(name)?.data[i] ?? Number.NaN)) ** 2;
      size += value ** 2;
    });
  }
  return Math.sqrt(gap / Math.max(size, 1e-20));
}

describe('the second-order gradient', () => {
  it('exact, by grad of grad, equals differences of the whole thing', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), async (case_, pick) => {
        const exact = await exactGradient(case_);
        const columns = case_.primitives.length;
        const at = pick % (5 * columns);
        const alpha = pick % 2 === 0 || case_.layers < 3 ? 'alpha.reduce' : 'alpha.normal';
        // The gradient of a ReLU network jumps at kinks, and so does a step along it: stay between them.
        const step = 1e-7;
        const value = async (by: number) =>
          (await exactGradient(case_, [alpha, at, by])).get('valid')?.data[0] ?? NaN;
        const difference = ((await value(step)) - (await value(-step))) / (2 * step);
        expect(Math.abs((exact.get(`gradient.${alpha}`)?.data[at] ?? NaN) - difference)).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(difference)),
        );
      }),
      { numRuns: tries(8) },
    );
  });

  it('approximated, comes closer to the exact one as the step to either side shrinks', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (case_) => {
        const exact = await exactGradient(case_);
        const errors: number[] = [];
        for (const epsilon of [1e-2, 1e-4, 1e-6]) {
          errors.push(
            relativeDistance(exact, await approximateGradient(createReferenceRuntime(), case_, epsilon)),
          );
        }
        const [far = NaN, , near = NaN] = errors;
        // ReLU and max pooling have kinks: within a step of 0.01 some are crossed, within a millionth hardly any.
        expect(near).toBeLessThan(1e-4);
        expect(near).toBeLessThanOrEqual(far + 1e-9);
      }),
      { numRuns: tries(10) },
    );
  });

  it('has an implicit term that matters: leaving it out is another gradient', async () => {
    const case_: Case = { seed: 1, rate: 0.5, layers: 1, primitives: ['skip_connect', 'sep_conv_3x3'] };
    const exact = await exactGradient(case_);
    const whole = await approximateGradient(createReferenceRuntime(), case_, 1e-6);
    // Dividing by 2·ε in the wrong place, a well-known bug, amounts to no implicit term at all.
    const without = await approximateGradient(createReferenceRuntime(), { ...case_, rate: 0 }, 1e-6);
    expect(relativeDistance(exact, whole)).toBeLessThan(1e-3);
    expect(relativeDistance(exact, without)).toBeGreaterThan(1e-2);
  });

  const tensorflow = createTfjsRuntime('tensorflow').catch(() => undefined);
  it('on TensorFlow is the reference’s, within what single precision allows a difference quotient', async (context) => {
    const runtime = await tensorflow;
    if (runtime === undefined) return context.skip('TensorFlow is not set up here');
    const case_: Case = {
      seed: 4,
      rate: 0.1,
      layers: 3,
      primitives: ['none', 'skip_connect', 'avg_pool_3x3', 'sep_conv_3x3', 'dil_conv_5x5'],
    };
    const reference = await approximateGradient(createReferenceRuntime(), case_, 1e-2);
    const found = await approximateGradient(runtime, case_, 1e-2);
    expect(relativeDistance(reference, found)).toBeLessThan(5e-3);
  });
});

describe('the paper’s toy problem (figure 2)', () => {
  /** L_val = αw − 2α + 1 and L_train = (w − α)². */
  function toyLosses(): { training: LossGraph; valid: LossGraph } {
    const build = (kind: 'training' | 'valid'): LossGraph => {
      const b = new GraphBuilder();
      const w = b.input('w', [], { role: 'weight' });
      const alpha = b.input('alpha', [], { role: 'alpha' });
      const gap = b.op('Sub', [w, alpha]);
      const product = b.op('Mul', [alpha, b.op('Sub', [w, b.constant(2)])]);
      const loss = kind === 'training' ? b.op('Mul', [gap, gap]) : b.op('Add', [product, b.constant(1)]);
      return { graph: b.finish(kind, { loss }), updates: new Map(), reports: [] };
    };
    return { training: build('training'), valid: build('valid') };
  }

  /** (α, w) after each step from (2, −2): α first, then w, both at a rate of 0.1. */
  async function toyTrajectory(xi: number, steps: number): Promise<[number, number][]> {
    const losses = toyLosses();
    const runtime = createReferenceRuntime();
    const store = runtime.createStore();
    const put = (name: string, value: number) =>
      store.write(new Map([[name, { dtype: 'float32', shape: [], data: Float64Array.of(value) } as const]]));
    let [alpha, w] = [2, -2];
    put('alpha', alpha);
    put('w', w);
    put(velocityName('w'), 0);
    const architect = architectOf(runtime, store, losses, { momentum: 0, weightDecay: 0 });
    const path: [number, number][] = [];
    for (let step = 0; step < steps; step++) {
      const { gradients } = await architect.gradient(new Map(), new Map(), xi);
      alpha -= 0.1 * (gradients.get('gradient.alpha')?.data[0] ?? NaN);
      put('alpha', alpha);
      w -= 0.1 * 2 * (w - alpha);
      put('w', w);
      path.push([alpha, w]);
    }
    return path;
  }

  it.each([0, 0.1, 0.25, 0.5, 0.7, 1])('with ξ = %f converges to 2 / (1 + 2ξ)', async (xi) => {
    const [alpha, w] = (await toyTrajectory(xi, 400)).at(-1) ?? [NaN, NaN];
    expect(alpha).toBeCloseTo(2 / (1 + 2 * xi), 5);
    expect(w).toBeCloseTo(2 / (1 + 2 * xi), 5);
  });

  it.each<[number, number, number, number]>([
    [0, 1, 2.4, -1.12],
    [0, 2, 2.712, -0.3536],
    [0, 5, 3.229839, 1.340859],
    [0, 10, 3.237197, 2.647636],
    [0, 50, 1.983589, 1.977998],
    [0.5, 1, 1.8, -1.24],
    [0.5, 2, 1.64, -0.664],
    [0.5, 5, 1.32768, 0.34464],
    [0.5, 10, 1.107374, 0.892626],
    [0.5, 20, 1.011529, 1.011529],
    [0.1, 1, 2.28, -1.144],
    [0.1, 5, 2.732113, 1.097706],
  ])('with ξ = %f is after %i steps at α = %f, w = %f', async (xi, steps, alpha, w) => {
    const [a, v] = (await toyTrajectory(xi, steps)).at(-1) ?? [NaN, NaN];
    expect(a).toBeCloseTo(alpha, 5);
    expect(v).toBeCloseTo(w, 5);
  });
});
