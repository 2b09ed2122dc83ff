import { describe, expect, it } from 'vitest';
import { initialise } from '../../../src/graph/initialise.ts';
import { floats, integers, scalar, type Tensor } from '../../../src/graph/tensor.ts';
import { verify } from '../../../src/graph/verify.ts';
import { Random } from '../../../src/random.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { CnnShape } from '../../../src/space/images/cnn.ts';
import { dropPathCount, dropPathInput } from '../../../src/space/images/drop-path.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { dropPathMasks } from '../../../src/tasks/images/drop-path.ts';
import { trainingStep, type LossOptions } from '../../../src/tasks/images/training-step.ts';

const sgd = { momentum: 0.9, weightDecay: 0, clip: 5 };
const shapes = {
  cifar10: { stem: 'cifar10', channels: 2, layers: 3, classes: 3, image: [3, 8, 8] },
  imagenet: { stem: 'imagenet', channels: 2, layers: 3, classes: 3, image: [3, 64, 64] },
} as const satisfies Record<string, CnnShape>;
const batch = 2;

/** One step on the reference, from a seeded start: what it reports, and which weights have not moved. */
async function stepOf(
  name: keyof typeof publishedGenotypes,
  shape: CnnShape,
  options: LossOptions = {},
): Promise<{ loss: number; norm: number; unmoved: readonly string[] }> {
  const genotype = publishedGenotypes[name];
  const { graph, updates } = trainingStep(shape, genotype, batch, sgd, options);
  verify(graph);
  const runtime = createReferenceRuntime();
  const store = runtime.createStore();
  const start = initialise(graph, new Random(1));
  store.write(start);
  const program = await runtime.compile(graph, { store, updates });
  const random = new Random(2);
  const [channels, height, width] = shape.image;
  const pixels = Array.from({ length: batch * channels * height * width }, () => random.normal());
  const feeds = new Map<string, Tensor>([
    ['image', floats([batch, ...shape.image], pixels)],
    ['labels', integers([batch], [0, 2])],
    ['rate', scalar(0.1)],
  ]);
  if (options.dropPath !== undefined) {
    feeds.set(dropPathInput, dropPathMasks(batch * dropPathCount(shape, genotype), 0.3, random));
  }
  const outputs = await program.run(feeds);
  const end = await store.read();
  const weights = graph.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value.name);
  return {
    loss: outputs.get('loss')?.data[0] ?? Number.NaN,
    norm: outputs.get('gradient_norm')?.data[0] ?? Number.NaN,
    unmoved: weights.filter((each) => {
      const [before, after] = [start.get(each)?.data ?? [], end.get(each)?.data ?? []];
      return before.every((value, i) => value === after[i]);
    }),
  };
}

describe('one step of training', () => {
  it.each(
    (['DARTS_V1', 'DARTS_V2', 'NASNet', 'AmoebaNet'] as const).flatMap((name) =>
      (['cifar10', 'imagenet'] as const).map((kind) => [name, kind] as const),
    ),
  )('%s for %s moves every weight', async (name, kind) => {
    const { loss, norm, unmoved } = await stepOf(name, shapes[kind], { labelSmoothing: 0.1 });
    expect(Number.isFinite(loss) && Number.isFinite(norm)).toBe(true);
    expect(unmoved).toEqual([]);
  });

  const larger: CnnShape = { ...shapes.cifar10, layers: 1, image: [3, 16, 16] };

  it('adds the auxiliary loss by its weight, and trains the head', async () => {
    const [none, some, twice] = [
      await stepOf('DARTS_V2', larger),
      await stepOf('DARTS_V2', larger, { auxiliary: 0.4 }),
      await stepOf('DARTS_V2', larger, { auxiliary: 0.8 }),
    ];
    expect(some.loss).toBeGreaterThan(none.loss);
    expect(twice.loss - none.loss).toBeCloseTo(2 * (some.loss - none.loss), 9);
    expect(some.unmoved).toEqual([]);
  });

  it('drops paths by the masks that it is fed', async () => {
    const without = await stepOf('DARTS_V2', shapes.cifar10);
    const dropped = await stepOf('DARTS_V2', shapes.cifar10, { dropPath: 0.3 });
    expect(dropped.loss).not.toBeCloseTo(without.loss, 6);
    expect(dropped.norm).not.toBeCloseTo(without.norm, 6);
  });
});
