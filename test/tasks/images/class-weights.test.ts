import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { initialise } from '../../../src/graph/initialise.ts';
import { floats, integers, scalar, type Tensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { print } from '../../../src/graph/print.ts';
import { Random } from '../../../src/random.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { CnnShape } from '../../../src/space/images/cnn.ts';
import { dartsPrimitives } from '../../../src/space/images/primitives.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { classWeightsOf, sayClassWeights } from '../../../src/tasks/images/class-weights.ts';
import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { supernetLoss } from '../../../src/tasks/images/supernet-loss.ts';
import { images } from '../../../src/tasks/images/task.ts';
import { trainPresets, type TrainConfig } from '../../../src/tasks/images/train-settings.ts';
import { trainingStep } from '../../../src/tasks/images/training-step.ts';
import { temporaryFolder } from '../../data/temporary.ts';

const named = (perClass: readonly number[]) => ({
  name: 'images',
  classes: perClass.map((_, i) => `c${i}`),
  perClass,
});

describe('balanced weights', () => {
  it('have each class count alike, and an image once on average', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(500), { minLength: 2, maxLength: 12 }).filter((all) => all.some((each) => each > 0)),
        (perClass) => {
          const weights = classWeightsOf('balanced', named(perClass)) ?? [];
          const shares = perClass.map((each, k) => each * (weights[k] ?? Number.NaN));
          const images = perClass.reduce((sum, each) => sum + each, 0);
          const present = shares.filter((_, k) => perClass[k] !== 0);
          for (const each of present) expect(each).toBeCloseTo(images / present.length, 9);
          // A batch of classes that only the other half of a search has must not weigh nothing.
          expect(weights.filter((_, k) => perClass[k] === 0).every((each) => each === 1)).toBe(true);
        },
      ),
    );
  });

  it('are 1 where classes are even, and none where none are asked for', () => {
    expect(classWeightsOf('balanced', named([5, 5, 5]))).toEqual([1, 1, 1]);
    expect(classWeightsOf('balanced', named([2, 6]))).toEqual([2, 2 / 3]);
    expect(classWeightsOf('none', named([2, 6]))).toBeUndefined();
  });

  it('are said in digits, also large ones', () => {
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (note: string) => void notes.push(note) };
    sayClassWeights([1234.5, 0.66666, 12.345, 1], named([1, 1, 1, 1]), reporter);
    expect(notes).toEqual([
      'the loss is weighted by class: c0 1235, c1 0.667, c2 12.3, c3 1; what is measured is not',
    ]);
  });

  it('may be given one by one, as many as there are classes', () => {
    expect(classWeightsOf([1, 3], named([2, 6]))).toEqual([1, 3]);
    expect(() => classWeightsOf([1, 3, 2], named([2, 6]))).toThrow(
      'class_weights=1,3,2 gives weights for 3 classes, and images has 2',
    );
  });
});

/**
 * The loss is linear in the weights but for its divisor, the sum of the weights of the labels. Three sets of weights whose
 * divisors are alike, one of them the mean of the others, give losses of which one is the mean of the others.
 */
async function lossesOf(graphs: readonly Graph[], shape: CnnShape): Promise<readonly number[]> {
  const random = new Random(3);
  const pixels = Array.from({ length: 2 * 3 * 16 * 16 }, () => random.normal());
  const feeds = new Map<string, Tensor>([
    ['image', floats([2, ...shape.image], pixels)],
    ['labels', integers([2], [0, 2])],
    ['rate', scalar(0.1)],
  ]);
  return Promise.all(
    graphs.map(async (graph) => {
      const runtime = createReferenceRuntime();
      const store = runtime.createStore();
      store.write(initialise(graph, new Random(1)));
      const program = await runtime.compile(graph, { store });
      const inputs = new Set(graph.inputs.map(({ value }) => value.name));
      const outputs = await program.run(new Map([...feeds].filter(([name]) => inputs.has(name))));
      return outputs.get('loss')?.data[0] ?? Number.NaN;
    }),
  );
}

const weights = [
  [6, 1, 2],
  [4, 2, 4],
  [2, 3, 6],
] as const;
const shape: CnnShape = { stem: 'cifar10', channels: 2, layers: 1, classes: 3, image: [3, 16, 16] };

describe('every loss that is learnt from is weighted', () => {
  it.each([
    ['a training', {}],
    ['a training with an auxiliary head', { auxiliary: 0.5 }],
    ['a training with smoothed labels', { labelSmoothing: 0.25 }],
    ['a training with both', { auxiliary: 0.5, labelSmoothing: 0.25 }],
  ])('%s', async (_, options) => {
    const sgd = { momentum: 0.9, weightDecay: 0, clip: 5 };
    const made = (classWeights?: readonly number[]) =>
      trainingStep(shape, publishedGenotypes.DARTS_V2, 2, sgd, { ...options, classWeights }).graph;
    const [first, middle, last, alike, plain] = await lossesOf(
      [...weights.map(made), made([3, 3, 3]), made()],
      shape,
    );
    expect(middle).toBeCloseTo(((first ?? 0) + (last ?? 0)) / 2, 9);
    expect(first).not.toBeCloseTo(last ?? 0, 3);
    expect(alike).toBeCloseTo(plain ?? 0, 9);
  });

  it("a search's supernet", async () => {
    const supernet = { ...shape, layers: 3, nodes: 2, primitives: [...dartsPrimitives] };
    const made = (classWeights?: readonly number[]) =>
      supernetLoss(supernet, 2, undefined, classWeights).graph;
    const [first, middle, last, alike, plain] = await lossesOf(
      [...weights.map(made), made([3, 3, 3]), made()],
      shape,
    );
    expect(middle).toBeCloseTo(((first ?? 0) + (last ?? 0)) / 2, 9);
    expect(first).not.toBeCloseTo(last ?? 0, 3);
    expect(alike).toBeCloseTo(plain ?? 0, 9);
  });
});

/** Eight red images to train on and two blue ones, and as many to test on. */
async function unevenFolder(): Promise<string> {
  const root = await temporaryFolder();
  for (const split of ['train', 'test']) {
    for (const [background, count] of [
      ['blue', 2],
      ['red', 8],
    ] as const) {
      await mkdir(join(root, split, background), { recursive: true });
      const png = await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toBuffer();
      for (let i = 0; i < count; i++) await writeFile(join(root, split, background, `${i}.png`), png);
    }
  }
  return root;
}

describe('what is opened with the setting', () => {
  const advice =
    'a class of few images counts little in the loss: --set class_weights=balanced has each class count alike';
  const request = (from: string) => {
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (note: string) => void notes.push(note) };
    return { notes, data: 'images', from, reporter, signal: new AbortController().signal };
  };

  async function expectWeighted(
    opened: (
      weights: TrainConfig['class_weights'],
    ) => Promise<{ readonly graph: string; readonly notes: readonly string[] }>,
  ): Promise<void> {
    const [plain, balanced, same] = [
      await opened('none'),
      await opened('balanced'),
      await opened([2.5, 0.625]),
    ];
    expect(balanced.graph).toBe(same.graph);
    expect(balanced.graph).not.toBe(plain.graph);
    expect((await opened([1, 3])).graph).not.toBe(balanced.graph);
    expect(plain.notes).toContain(advice);
    expect(balanced.notes).not.toContain(advice);
  }

  it('learns from a weighted loss in a training', async () => {
    const from = await unevenFolder();
    const opened = async (class_weights: TrainConfig['class_weights']) => {
      const { notes, ...asked } = request(from);
      const settings = {
        ...trainPresets.quick,
        channels: 2,
        layers: 1,
        auxiliary: 0,
        class_weights,
      };
      const training = await images.openTraining(asked, settings, publishedGenotypes.DARTS_V2);
      const { graph } = training.step(4);
      await training.close();
      return { graph: print(graph), notes };
    };
    await expectWeighted(opened);
  });

  it('learns from a weighted loss in a search', async () => {
    const from = await unevenFolder();
    const opened = async (class_weights: TrainConfig['class_weights']) => {
      const { notes, ...asked } = request(from);
      const small = { channels: 2, layers: 3, nodes: 2, class_weights };
      const searching = await images.openSearch(asked, { ...searchPresets.quick, ...small });
      const { graph } = searching.loss('weights', 4);
      await searching.close();
      return { graph: print(graph), notes };
    };
    await expectWeighted(opened);
  });
});
