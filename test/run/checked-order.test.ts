/** A slip in what a program asks for is told with the fix, whichever function it is. */
import { describe, expect, it } from 'vitest';

import {
  benchModel,
  compareFiles,
  compareRuntimes,
  importOnnx,
  NascentError,
  runModel,
} from '../../src/index.ts';

async function refusal(action: () => unknown): Promise<NascentError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

// As a program without types gives them.
const run = runModel as (order: unknown) => Promise<unknown>;
const bench = benchModel as (order: unknown) => Promise<unknown>;
const compare = compareRuntimes as (...given: readonly unknown[]) => Promise<unknown>;
const read = importOnnx as (model: unknown) => unknown;

describe('an order', () => {
  it.each([
    [
      'another runtime',
      async () => run({ model: 'm.onnx', runtime: 'onnxruntime-gpu' }),
      'runModel was given "onnxruntime-gpu" as "runtime"',
      /^Did you mean "onnxruntime-[a-z]+"\? There are .*onnxruntime-cpu, /,
    ],
    [
      'a name that is none',
      async () => run({ model: 'm.onnx', extent: {} }),
      'runModel was given "extent", which it does not know',
      /^Did you mean "extents"\? It takes model, runtime, /,
    ],
    ['no model', async () => run({}), 'runModel was not given "model"', /^It takes model, runtime, /],
    [
      'nothing',
      async () => run(undefined),
      'runModel was given undefined, which is no order',
      /^Give an object\./,
    ],
    [
      'a path alone',
      async () => bench('m.onnx'),
      'benchModel was given "m.onnx", which is no order',
      /^Give an object\. It takes model, /,
    ],
    [
      'half a seed',
      async () => compare('m.onnx', { seeds: [1.5] }),
      'compareRuntimes was given 1.5 as "seeds.0"',
      /^Expected int/,
    ],
    [
      'a tolerance below 0',
      async () => compare('m.onnx', { atol: -1 }),
      'compareRuntimes was given -1 as "atol"',
      /^Expected number to be >=0\.$/,
    ],
    [
      'no runtimes',
      async () => compare('m.onnx', { runtimes: [] }),
      'compareRuntimes was given an empty list as "runtimes"',
      /^Give at least 1, or leave it out\.$/,
    ],
    [
      'a path for an input',
      async () => run({ model: 'm.onnx', inputs: ['x.npy'] }),
      'runModel was given "x.npy" as "inputs.0"',
      /^Expected an object such as \{ file: "x\.npy" \}, or \{ name: "x", file: "x\.npy" \}\.$/,
    ],
  ])('with %s is refused, with the fix', async (_, action, message, help) => {
    const error = await refusal(action);
    expect(error.code).toBe('input/invalid');
    expect(error.message).toBe(message);
    expect(error.help).toMatch(help);
  });
});

describe('a model to import', () => {
  it.each([
    ['bytes', Uint8Array.of(8, 8)],
    ['text', 'model.onnx'],
    ['undefined', undefined],
  ])('is refused where it is %s', async (what, given) => {
    const error = await refusal(() => read(given));
    expect(error).toMatchObject({
      code: 'input/invalid',
      message: `importOnnx takes a model that is decoded, and was given ${what}`,
      help: 'Decode it first: importOnnx(decodeModel(await readFile(path))).',
    });
  });
});

it.each([
  [5, '5'],
  ['all', 'text'],
  [[], 'an Array'],
  [null, 'null'],
])('refuses %s for the options of a comparison', async (given, what) => {
  const wanted = { code: 'input/invalid', help: 'Give an object, or leave it out.' };
  await expect(compareRuntimes('a.onnx', given as never)).rejects.toMatchObject({
    ...wanted,
    message: `compareRuntimes was given ${what} as its options`,
  });
  await expect(compareRuntimes('a.onnx', {}, given as never)).rejects.toMatchObject({
    ...wanted,
    message: `compareRuntimes was given ${what} as its control`,
  });
  await expect(compareFiles('a.onnx', 'b.onnx', given as never)).rejects.toMatchObject({
    ...wanted,
    message: `compareFiles was given ${what} as its options`,
  });
});
