import { expect, it } from 'vitest';
import { initialise } from '../../../src/graph/initialise.ts';
import { scalar, type Tensor } from '../../../src/graph/tensor.ts';
import { verify } from '../../../src/graph/verify.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { createTfjsRuntime, type TfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { createOnnxRuntime } from '../../../src/runtime/onnxruntime/runtime.ts';
import { weightStep } from '../../../src/learn/weight-step.ts';
import { alphaStep } from '../../../src/search/one-shot/step.ts';
import { supernetLoss } from '../../../src/tasks/images/supernet-loss.ts';
import { dartsPrimitives } from '../../../src/space/images/primitives.ts';
import type { SupernetShape } from '../../../src/space/images/supernet.ts';

const shape: SupernetShape = {
  channels: 4,
  layers: 2,
  nodes: 2,
  primitives: dartsPrimitives,
  classes: 4,
  image: [3, 8, 8],
};
const batch = 4;
const adam = { beta1: 0.5, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-3 };
const sgd = { momentum: 0.9, weightDecay: 3e-4, clip: 5 };

const loss = supernetLoss(shape, batch);
const alpha = alphaStep(loss, adam);
const weight = weightStep(loss, sgd);

/** State and losses after `steps` bilevel steps. */
async function afterSteps(runtime: Runtime, steps: number, onStep: () => void = () => {}) {
  const store = runtime.createStore();
  for (const { graph } of [weight, alpha]) store.write(initialise(graph, new Random(5)));
  const alphaProgram = await runtime.compile(alpha.graph, { store, updates: alpha.updates });
  const weightProgram = await runtime.compile(weight.graph, { store, updates: weight.updates });
  const random = new Random(9);
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const feed = (scalars: Record<string, number>): Map<string, Tensor> =>
      new Map<string, Tensor>([
        [
          'image',
          {
            dtype: 'float32',
            shape: [batch, 3, 8, 8],
            data: Float32Array.from({ length: batch * 192 }, () => random.normal()),
          },
        ],
        ['labels', { dtype: 'int64', shape: [batch], data: Int32Array.from([0, 1, 2, 3]) }],
        ...Object.entries(scalars).map(([name, value]) => [name, scalar(value)] as const),
      ]);
    const corrections = { first: 1 / (1 - 0.5 ** step), second: 1 / (1 - 0.999 ** step) };
    const a = await alphaProgram.run(feed({ alpha_rate: 3e-3, ...corrections }));
    const w = await weightProgram.run(feed({ rate: 0.025 }));
    losses.push(a.get('loss')?.data[0] ?? Number.NaN, w.get('loss')?.data[0] ?? Number.NaN);
    onStep();
  }
  const state = await store.read();
  alphaProgram.dispose();
  weightProgram.dispose();
  store.dispose();
  return { losses, state };
}

/** Largest difference of two states, relative to the largest value of each tensor. */
function distance(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): number {
  let worst = 0;
  for (const [name, { data }] of a) {
    const other = b.get(name)?.data ?? [];
    let [most, gap] = [1e-3, 0];
    data.forEach((value, i) => {
      most = Math.max(most, Math.abs(value));
      gap = Math.max(gap, Math.abs(value - (other[i] ?? Number.NaN)));
    });
    worst = Math.max(worst, gap / most);
  }
  return worst;
}

async function tensorflow(): Promise<TfjsRuntime | undefined> {
  try {
    return await createTfjsRuntime('tensorflow');
  } catch {
    return undefined;
  }
}
const onTensorFlow = await tensorflow();

it('builds graphs that verify', () => {
  verify(alpha.graph);
  verify(weight.graph);
});

it('an alpha step leaves weights alone, and a weight step alphas', () => {
  expect([...alpha.updates.values()].filter((name) => name.endsWith('.weight'))).toEqual([]);
  expect([...weight.updates.values()].filter((name) => name.includes('alpha'))).toEqual([]);
});

// Float32 sums in another order: what three steps make of 1e-7.
it('three steps on onnxruntime follow the reference', async () => {
  const reference = await afterSteps(createReferenceRuntime(), 3);
  const found = await afterSteps(await createOnnxRuntime('cpu'), 3);
  expect(distance(reference.state, found.state)).toBeLessThan(2e-3);
  reference.losses.forEach((loss, i) => expect(found.losses[i]).toBeCloseTo(loss, 4));
});

it.skipIf(onTensorFlow === undefined)('three steps on TensorFlow follow the reference', async () => {
  const reference = await afterSteps(createReferenceRuntime(), 3);
  const found = await afterSteps(onTensorFlow as TfjsRuntime, 3);
  expect(distance(reference.state, found.state)).toBeLessThan(2e-3);
  reference.losses.forEach((loss, i) => expect(found.losses[i]).toBeCloseTo(loss, 4));
});

/** `--deterministic` promises this of a CPU. */
it('the same steps on one machine are the same bit for bit', async () => {
  const bits = ({ state }: Awaited<ReturnType<typeof afterSteps>>) =>
    [...state].map(([name, { data }]) => [name, [...data]]);
  const runtimes = [await createOnnxRuntime('cpu'), ...(onTensorFlow === undefined ? [] : [onTensorFlow])];
  for (const runtime of runtimes) {
    expect(bits(await afterSteps(runtime, 2))).toEqual(bits(await afterSteps(runtime, 2)));
  }
});

it.skipIf(onTensorFlow === undefined)('no tensor is left behind from step to step', async () => {
  const runtime = onTensorFlow as TfjsRuntime;
  const before = runtime.alive();
  const counts: number[] = [];
  await afterSteps(runtime, 4, () => counts.push(runtime.alive()));
  expect(new Set(counts).size).toBe(1);
  expect(runtime.alive()).toBe(before);
});
