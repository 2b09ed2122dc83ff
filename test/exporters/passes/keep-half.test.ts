import * as fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../../exporters/onnx/check/check.ts';
import { halved } from '../../../exporters/passes/half.ts';
import { keptFromHalf } from '../../../exporters/passes/keep-float.ts';
import type { OnnxModel, OnnxTensor } from '../../../proto/onnx.ts';
import { overflowing, overflowNote } from '../../../src/model/overflow.ts';
import { tries } from '../../support/properties.ts';
import { floatInfo, floats, modelOf, node } from '../onnx/models.ts';
import { answers, answersTo, apart, classifier, languageModel, pictures, twoTexts } from './classifiers.ts';

const images = pictures(9, 2, 16);

const models = {
  'a classifier': { plain: classifier(8), run: (model: OnnxModel) => answers(model, images) },
  'a recurrent network': { plain: languageModel(3), run: (model: OnnxModel) => answersTo(model, twoTexts) },
  'one of two steps': { plain: languageModel(3, 2), run: (model: OnnxModel) => answersTo(model, twoTexts) },
};

describe.each(Object.entries(models))('%s in float16', (_, { plain, run }) => {
  it('keeps any of its nodes in float32, and its answers', async () => {
    const { nodes } = plain.graph;
    const wanted = await run(plain);
    await fc.assert(
      fc.asyncProperty(fc.subarray([...nodes]), async (chosen) => {
        const kept = new Set(chosen);
        const { model } = halved(plain, kept);
        expect(faultsIn(model)).toEqual([]);
        expect(model.graph.inputs).toEqual(plain.graph.inputs);
        expect(model.graph.outputs).toEqual(plain.graph.outputs);
        const given = await run(model);
        for (const [name, answer] of wanted) expect(apart(given.get(name), answer)).toBeLessThan(5e-3);
      }),
      { numRuns: tries(25), examples: [[[]], [[...nodes]]] },
    );
  });

  it('is the same as before where all of it is kept', async () => {
    const { model, loss } = halved(plain, new Set(plain.graph.nodes));
    expect(model.graph.initializers).toEqual(plain.graph.initializers);
    expect(loss).toEqual({ overflowed: [], vanished: 0 });
    const [given, wanted] = [await run(model), await run(plain)];
    for (const [name, answer] of wanted) expect(apart(given.get(name), answer)).toBe(0);
  });
});

it('weights that only kept nodes read stay as they are, and those of others are in both', () => {
  const { plain } = models['a classifier'];
  const gemm = keptFromHalf(plain, ['Gemm']);
  const typesOf = (model: OnnxModel) =>
    new Map(model.graph.initializers.map((each) => [each.name, each.dtype]));
  const types = typesOf(halved(plain, gemm).model);
  const [node] = gemm;
  expect(node?.inputs.slice(1).map((name) => types.get(name))).toEqual(['float32', 'float32']);
  expect([...types.values()].filter((dtype) => dtype === 'float32')).toHaveLength(2);
  // Two convolutions of one filter, of which one is kept.
  const [first, second] = plain.graph.nodes.filter(({ opType }) => opType === 'Conv');
  const shared = {
    ...plain,
    graph: {
      ...plain.graph,
      nodes: plain.graph.nodes.map((each) =>
        each === second ? { ...each, inputs: [each.inputs[0] ?? '', first?.inputs[1] ?? ''] } : each,
      ),
    },
  };
  const [kept] = shared.graph.nodes.filter(({ opType }) => opType === 'Conv');
  const name = first?.inputs[1] ?? '';
  const both = typesOf(halved(shared, new Set(kept === undefined ? [] : [kept])).model);
  expect([both.get(name), both.get(`${name}.float`)]).toEqual(['float16', 'float32']);
});

describe('what is beyond float16', () => {
  /** The scale of the first batch norm so large that what follows leaves float16, until the next brings it back. */
  const large = (() => {
    const { plain } = models['a classifier'];
    const norm = plain.graph.nodes.find(({ opType }) => opType === 'BatchNormalization');
    const scale = norm?.inputs[1];
    const initializers = plain.graph.initializers.map((each): OnnxTensor =>
      each.name === scale && each.dtype === 'float32'
        ? { ...each, data: each.data.map((value) => value * 1e6) }
        : each,
    );
    return { ...plain, graph: { ...plain.graph, initializers } };
  })();
  const samples = async () => [
    { dtype: 'float32' as const, shape: [...images.dims], data: images.data as Float32Array },
  ];

  it('is nothing of an ordinary network', async () => {
    expect(await overflowing(models['a classifier'].plain, { samples }, {})).toEqual([]);
    expect(await overflowing(models['a recurrent network'].plain, {}, {})).toEqual([]);
  });

  it('is found where only the last of several samples has it', async () => {
    const { plain } = models['a classifier'];
    const numbers = [...(images.data as Float32Array)];
    const length = numbers.length / 2;
    const data = Float32Array.from(numbers, (value, i) => (i < length ? value : value * 1e6));
    const found = await overflowing(
      plain,
      { samples: async () => [{ dtype: 'float32', shape: [...images.dims], data }] },
      {},
    );
    expect(found.length).toBeGreaterThan(0);
  });

  it('is read by a body, too, whose node is named and can be kept', async () => {
    const branch = (name: string) =>
      modelOf({ nodes: [node('Mul', ['big', 'small'], [name])], outputs: [floatInfo(name, [1, 1])] }).graph;
    const model = modelOf({
      inputs: [floatInfo('x', ['batch', 1])],
      initializers: [
        floats('large', [1], [1e6]),
        floats('small', [1], [1e-6]),
        { name: 'cond', dims: [], dtype: 'bool', data: Uint8Array.of(1) },
      ],
      nodes: [
        node('Mul', ['x', 'large'], ['big'], [], { name: 'grow' }),
        node(
          'If',
          ['cond'],
          ['back'],
          [
            { name: 'then_branch', kind: 'graph', value: branch('a') },
            { name: 'else_branch', kind: 'graph', value: branch('b') },
          ],
          { name: 'shrink' },
        ),
        node('Relu', ['back'], ['y'], [], { name: 'last' }),
      ],
      outputs: [floatInfo('y', ['batch', 1])],
    });
    const two = async () => [{ dtype: 'float32' as const, shape: [1, 1], data: Float32Array.of(2) }];
    const found = await overflowing(model, { samples: two }, {});
    expect(found).toEqual([{ value: 'big', largest: 2e6, nodes: ['grow', 'shrink'] }]);
    expect(await overflowing(model, { samples: two }, { keepFloat: ['grow'] })).toHaveLength(1);
    const keepFloat = ['grow', 'shrink'];
    expect(await overflowing(model, { samples: two }, { keepFloat })).toEqual([]);
    const { model: half } = halved(model, keptFromHalf(model, keepFloat));
    expect(faultsIn(half)).toEqual([]);
    const x = new ort.Tensor('float32', Float32Array.of(2), [1, 1]);
    expect([...((await answersTo(half, { x })).get('y')?.data ?? [])]).toEqual([2]);
  });

  it('is named, the largest first, and gone where what is named is kept', async () => {
    const found = await overflowing(large, { samples }, {});
    expect(found.length).toBeGreaterThan(0);
    const sizes = found.map(({ largest }) => largest);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(Math.min(...sizes)).toBeGreaterThan(65504);
    const [, asked = ''] = overflowNote(found).split('--keep-float ');
    const keepFloat = asked.split(',');
    expect(await overflowing(large, { samples }, { keepFloat })).toEqual([]);
    // With them, what they make and read is as it was.
    const [norm] = large.graph.nodes.filter(({ opType }) => opType === 'BatchNormalization');
    const { model } = halved(large, keptFromHalf(large, keepFloat));
    const scale = model.graph.initializers.find(({ name }) => name === norm?.inputs[1]);
    expect(scale?.dtype).toBe('float32');
    expect(halved(large).loss.overflowed).toHaveLength(1);
    expect(halved(large, keptFromHalf(large, keepFloat)).loss.overflowed).toEqual([]);
    const [given, wanted] = [await answers(model, images), await answers(large, images)];
    expect(apart(given.get('logits'), wanted.get('logits'))).toBeLessThan(5e-3);
  });
});

it.each([
  [['nothing'], '--keep-float "nothing": no node that becomes float16 is called so'],
  [['Conv', 'stem.nothing'], '--keep-float "stem.nothing": no node that becomes float16 is called so'],
])('%j is refused', (asked, message) => {
  expect(() => keptFromHalf(models['a classifier'].plain, asked)).toThrow(message);
});

it('keeping everything is refused', () => {
  const { plain } = models['a recurrent network'];
  const ops = [...new Set(plain.graph.nodes.map(({ opType }) => opType))];
  expect(() => keptFromHalf(plain, ops)).toThrow('leaves nothing in float16');
});
