/** What a program that no compiler checks hands over is refused in words. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { decodeModel, encodeModel } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { benchModel } from '../../src/onnx/bench-model.ts';
import { checkModel, requireSound } from '../../src/onnx/check-model.ts';
import { runModel } from '../../src/onnx/run-model.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';

const model = modelOf({
  inputs: [floatInfo('x', ['n'])],
  nodes: [node('Neg', ['x'], ['y'])],
  outputs: [floatInfo('y', ['n'])],
});
const bytes = encodeModel(model);
type Loose = (...given: readonly unknown[]) => unknown;
const loose = (f: unknown): Loose => f as Loose;

describe('is refused as input', () => {
  it.each<[string, () => unknown, string]>([
    [
      'decodeModel of a path',
      () => loose(decodeModel)('model.onnx'),
      'takes the bytes of a file, and was given text',
    ],
    ['decodeModel of nothing', () => loose(decodeModel)(), 'was given undefined'],
    ['importOnnx of half a model', () => loose(importOnnx)({ graph: null }), 'and was given an object'],
    ['importOnnx of null', () => loose(importOnnx)(null), 'and was given null'],
    [
      'an extent below 0',
      () => importOnnx(model, 'it', { extents: { n: -3 } }),
      'the extent "n" is given as -3',
    ],
    ['half an extent', () => importOnnx(model, 'it', { extents: { n: 2.5 } }), 'is given as 2.5'],
    [
      'an extent in words',
      () => loose(importOnnx)(model, 'it', { extents: { n: 'x y' } }),
      'is given as "x y"',
    ],
    ['requireSound of nothing', () => loose(requireSound)({}), 'takes what checkModel gives'],
    ['checkModel of a URL', async () => loose(checkModel)(new URL('file:///model.onnx')), 'was given a URL'],
    ['checkModel of a buffer', async () => loose(checkModel)(new ArrayBuffer(3)), 'was given an ArrayBuffer'],
    ['checkModel of null', async () => loose(checkModel)(null), 'was given null'],
    [
      'options of checkModel',
      async () => loose(checkModel)(bytes, { bogus: 1 }),
      'takes nothing beside the model',
    ],
    [
      'no reporter',
      async () => loose(runModel)({ model: 'a.onnx' }, null),
      'runModel was given null as its reporter',
    ],
    [
      'half a reporter',
      async () => loose(benchModel)({ model: 'a.onnx' }, {}),
      'was given an object as its reporter',
    ],
  ])('%s', async (_, act, message) => {
    const thrown: unknown = await (async () => act())().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(NascentError);
    expect(thrown).toMatchObject({ code: 'input/invalid', message: expect.stringContaining(message) });
  });
});
