import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../exporters/onnx/export.ts';
import type { Validation } from '../../src/evaluate/accuracy.ts';
import { validateModel } from '../../src/evaluate/accuracy.ts';
import { placesOf, type GivenCard } from '../../src/evaluate/given-card.ts';
import { NascentError } from '../../src/errors.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { written } from '../parity/models.ts';

const signal = new AbortController().signal;

/** Its logits are how much red, green and blue there is on average, after normalisation. */
async function colours(metadata: Readonly<Record<string, string>> = {}): Promise<string> {
  const b = new GraphBuilder();
  const image = b.input('image', ['batch', 3, 8, 8]);
  const logits = b.op('Flatten', [b.op('GlobalAveragePool', [image])], { axis: 1 });
  return written(toOnnxModel(b.finish('colours', { logits }), { metadata }));
}

const plain = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] } as const;

async function pictures(names: readonly (keyof typeof plain)[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const split of ['train', 'test']) {
    for (const name of names) {
      await mkdir(join(folder, split, name), { recursive: true });
      const [r, g, b] = plain[name];
      const image = sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g, b } } });
      for (const i of [0, 1])
        await image
          .clone()
          .png()
          .toFile(join(folder, split, name, `${i}.png`));
    }
  }
  return folder;
}

const all = async () => pictures(['red', 'green', 'blue']);
const plainCard = { mean: [0.5], std: [0.25] };

async function validated(model: string, card: GivenCard, from?: string): Promise<Validation> {
  return validateModel(
    { model, data: 'images', from: from ?? (await all()), ...card },
    silentReporter,
    signal,
  );
}

async function refusal(card: GivenCard, model?: string): Promise<string> {
  const path = model ?? (await colours());
  try {
    await validated(path, card);
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    expect(error.code).toBe('input/invalid');
    return `${error.message}. ${error.help}`.replaceAll(path, 'model.onnx');
  }
  throw new Error('nothing was thrown');
}

describe('what a file does not say', () => {
  it('is assumed, and the assumptions are written down', async () => {
    const found = await validated(await colours(), {});
    // The folders in their order are blue, green and red.
    expect(found.accuracy).toBeCloseTo(1 / 3, 9);
    expect(found.normalisation.from).toBe('dataset');
    expect(found.assumed).toEqual([
      expect.stringMatching(/does not say how its images are normalised: mean 0\.333.*--mean and --std/),
      'the file does not name its classes: those of images are assumed, in their order, from blue to red (--labels gives others)',
    ]);
  });

  it('is as the user says: classes are told by name, whatever their order', async () => {
    const found = await validated(await colours(), { ...plainCard, labels: ['red', 'green', 'blue'] });
    // Logits 2, −2 and −2.
    expect(found.loss).toBeCloseTo(Math.log(1 + 2 * Math.exp(-4)), 6);
    expect(found).toMatchObject({ accuracy: 1, assumed: [] });
    expect(found.normalisation).toEqual({ from: 'given', mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
    expect(found.classes.map(({ label, accuracy }) => [label, accuracy])).toEqual([
      ['blue', 1],
      ['green', 1],
      ['red', 1],
    ]);
  });

  it('may be a number for each channel', async () => {
    const card = { mean: [0, 0, 0], std: [1, 0.5, 1], labels: ['red', 'green', 'blue'] };
    const found = await validated(await colours(), card);
    const one = Math.log(1 + 2 * Math.exp(-1));
    expect(found.loss).toBeCloseTo((2 * one + Math.log(1 + 2 * Math.exp(-2))) / 3, 6);
  });

  it('may name more classes than there are images of, and any of them may be the answer', async () => {
    const from = await pictures(['red', 'blue']);
    const found = await validated(
      await colours(),
      { ...plainCard, labels: ['x1 not a class here', 'blue', 'red'] },
      from,
    );
    expect(found).toMatchObject({ accuracy: 0, images: 4 });
    expect(found.assumed).toEqual([
      'the model tells 3 classes apart, and images has images of 2 of them: any other is counted as wrong',
    ]);
    const right = await validated(await colours(), { ...plainCard, labels: ['red', 'x', 'blue'] }, from);
    expect(right.accuracy).toBe(1);
    const guessed = await validated(
      await colours(),
      { ...plainCard, labels: ['red', 'x', 'blue sky'] },
      from,
    );
    expect(guessed.assumed).toContain(
      'classes of images told by the first word of a label: 1 of 2, such as "blue" by "blue sky"',
    );
  });
});

describe('what a user says is refused', () => {
  it.each<[GivenCard, RegExp]>([
    [{ mean: [0.5] }, /^a mean was given and no deviation\. .*give --mean and --std/],
    [{ std: [0.5] }, /^a deviation was given and no mean\./],
    [{ mean: [0.5, 0.5], std: [1] }, /takes images of 3 channels, and the mean given has 2 numbers/],
    [{ labels: ['red', 'green'] }, /^model\.onnx tells 3 classes apart, and 2 labels were given\./],
    [
      { labels: ['red', 'green', 'yellow'] },
      /^the labels given, from "red" to "yellow", lack 1 of the 3 classes of images: "blue"\./,
    ],
    [{ labels: ['red', 'blue', 'blue'] }, /names? the class "blue" 2 times: at outputs 1, 2/],
  ])('where it cannot be: %j', async (card, says) => {
    expect(await refusal(card)).toMatch(says);
  });

  it('where the file says it itself', async () => {
    const model = await colours({
      input_mean: '[0.1, 0.2, 0.3]',
      input_std: '[1, 1, 1]',
      labels: '["red", "green", "blue"]',
    });
    expect(await refusal(plainCard, model)).toMatch(
      /^model\.onnx says itself how its images are normalised: by mean 0\.1, 0\.2, 0\.3/,
    );
    expect(await refusal({ labels: ['red', 'green', 'blue'] }, model)).toMatch(
      /^model\.onnx names its classes/,
    );
  });
});

describe('a class is found', () => {
  const found = (classes: readonly string[], labels: readonly string[]) => {
    const { at, note } = placesOf({ name: 'pets', classes }, labels);
    return { at: [...at], note };
  };

  it('by the first word of a label, or by the whole of it', () => {
    const labels = ['n02 shark, great white', 'n01 tench, Tinca tinca', 'n03, hammerhead'];
    expect(found(['n01', 'n02', 'n03'], labels)).toEqual({
      at: [1, 0, 2],
      note: 'classes of pets told by the first word of a label: 3 of 3, such as "n01" by "n01 tench, Tinca tinca"',
    });
    expect(found(['great white', 'great'], ['great', 'great white'])).toEqual({
      at: [1, 0],
      note: undefined,
    });
  });

  it('by a first word only where this is said, and never at the output of another class', () => {
    expect(found(['cat', 'dog'], ['cat food', 'dog', 'bird'])).toEqual({
      at: [0, 1],
      note: 'classes of pets told by the first word of a label: 1 of 2, such as "cat" by "cat food"',
    });
    expect(() => found(['cat', 'cat food'], ['cat food', 'dog'])).toThrow(
      'lack 1 of the 2 classes of pets: "cat"',
    );
    expect(found(['cat', 'cat food'], ['cat food', 'cat, the'])).toMatchObject({ at: [1, 0] });
  });
});
