/** Words of attributes: what is called a fault is what onnxruntime refuses, as far as it looks. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsIn, findingsIn } from '../../../../exporters/onnx/check/check.ts';
import { choicesOf } from '../../../../exporters/onnx/schemas/choices.ts';
import { faultOf, held } from './rules/held.ts';
import { fed, int, list, modelFor, real, whole, word, type NodeCase } from './rules/node-case.ts';

const image = fed([1, 1, 4, 4]);
const filter = fed([1, 1, 2, 2]);
const bytes = (shape: readonly number[]) => fed(shape, 'uint8');
const cell = (op: string, gates: number, opset: number): NodeCase => ({
  op,
  given: [fed([2, 1, 3]), fed([2, 2 * gates, 3]), fed([2, 2 * gates, 2])],
  attributes: [int('hidden_size', 2)],
  opset,
});
const resized: NodeCase = { op: 'Resize', given: [image, undefined, real([1, 1, 2, 2])] };
const kernel = [list('kernel_shape', [2, 2])];

/** Legal nodes, each with the attribute that is drawn. */
const legal: readonly (readonly [attribute: string, NodeCase])[] = [
  ...['AveragePool', 'MaxPool', 'LpPool'].flatMap((op) =>
    [11, 22].map((opset) => ['auto_pad', { op, given: [image], attributes: kernel, opset }] as const),
  ),
  ...['Conv', 'ConvTranspose'].map((op) => ['auto_pad', { op, given: [image, filter] }] as const),
  ['auto_pad', { op: 'ConvInteger', given: [bytes([1, 1, 4, 4]), bytes([1, 1, 2, 2])], gives: ['int32'] }],
  ['direction', { op: 'BitShift', given: [bytes([2]), bytes([2])], gives: ['uint8'] }],
  ['mode', { op: 'DepthToSpace', given: [fed([1, 4, 2, 2])], attributes: [int('blocksize', 2)] }],
  ['approximate', { op: 'Gelu', given: [fed([2])], opset: 20 }],
  ...[16, 20].flatMap((opset) =>
    ['mode', 'padding_mode'].map(
      (name) => [name, { op: 'GridSample', given: [image, fed([1, 2, 2, 2])], opset }] as const,
    ),
  ),
  ...[13, 19].map((opset) => ['mode', { op: 'Pad', given: [fed([4]), whole([1, 1])], opset }] as const),
  ['mode', { op: 'Resize', given: [image, real([1, 1, 2, 2])], opset: 10 }],
  ...[13, 19].flatMap((opset) =>
    ['mode', 'nearest_mode'].map((name) => [name, { ...resized, opset }] as const),
  ),
  [
    'coordinate_transformation_mode',
    {
      ...resized,
      given: [image, real([0, 0, 0, 0, 1, 1, 1, 1]), real([1, 1, 2, 2])],
      attributes: [word('mode', 'linear')],
      opset: 19,
    },
  ],
  [
    'keep_aspect_ratio_policy',
    { op: 'Resize', given: [image, undefined, undefined, whole([1, 1, 8, 8])], opset: 19 },
  ],
  ['mode', { op: 'RoiAlign', given: [image, real([0, 0, 2, 2], [1, 4]), whole([0])] }],
  ['mode', { op: 'Upsample', given: [image, real([1, 1, 2, 2])], opset: 9 }],
];

const drawn = fc
  .tuple(fc.constantFrom(...legal), fc.nat(), fc.boolean())
  .map(([[name, base], at, fits]): NodeCase => {
    const { now = [], early = [] } = choicesOf(base.op, name, base.opset ?? 17) ?? {};
    const own = [...now, ...early];
    const from = fits ? own : others;
    return { ...base, attributes: [...(base.attributes ?? []), word(name, from[at % from.length] ?? '')] };
  });

/** What some other attribute may be, or none. */
const others = (
  'NOTSET VALID valid same_upper forward backward LEFT UP crd none tanh bilinear linear ' +
  'trilinear zeros symmetric edge floor simple align_corners stretch avg sum max TF circular SAME'
).split(' ');

const directed = fc
  .tuple(
    fc.constantFrom(['LSTM', 4] as const, ['GRU', 3] as const, ['RNN', 1] as const),
    fc.constantFrom('bidirectional', 'Bidirectional', 'both', 'BIDIRECTIONAL'),
    fc.constantFrom(7, 14),
  )
  .map(([[op, gates], direction, opset]): NodeCase => {
    const base = cell(op, gates, opset);
    return { ...base, attributes: [...(base.attributes ?? []), word('direction', direction)] };
  });

describe('a word that is a fault is one that onnxruntime refuses', () => {
  held({ drawn, directed }, 400);
});

describe('words that onnxruntime takes for something else', () => {
  // By the pages of these ops; onnxruntime takes a word that it does not know for another.
  it.each<[string, string, NodeCase]>([
    ['reduction', 'average', { op: 'ScatterElements', given: [fed([3]), whole([0]), fed([1])], opset: 18 }],
    ['reduction', 'average', { op: 'ScatterND', given: [fed([3]), whole([0], [1, 1]), fed([1])], opset: 18 }],
    ['reduction', 'avg', { op: 'NegativeLogLikelihoodLoss', given: [fed([2, 3]), whole([0, 1])] }],
    ['reduction', 'avg', { op: 'SoftmaxCrossEntropyLoss', given: [fed([2, 3]), whole([0, 1])] }],
    [
      'coordinate_transformation_mode',
      'asymmetric',
      { op: 'RoiAlign', given: [image, real([0, 0, 2, 2], [1, 4]), whole([0])] },
    ],
    ['mode', 'cyclic', { op: 'TensorScatter', given: [fed([1, 1, 4, 2]), fed([1, 1, 1, 2])], opset: 24 }],
  ])('%s=%s', (name, value, base) => {
    const told = faultOf({ ...base, attributes: [word(name, value)] });
    expect(told).toMatch(`its ${name} is "${value}", and in opset ${base.opset ?? 17} may be `);
    expect(faultOf(base)).toBeUndefined();
  });

  it('knows activations in any capitals, and no others', () => {
    const base = cell('LSTM', 4, 14);
    const faultFor = (names: readonly string[]) =>
      faultOf({
        ...base,
        attributes: [
          ...(base.attributes ?? []),
          word('direction', 'bidirectional'),
          { name: 'activations', kind: 'strings', value: names },
        ],
      });
    expect(faultFor(['sigmoid', 'Tanh', 'TANH', 'Sigmoid', 'Relu', 'relu'])).toBeUndefined();
    expect(faultFor(['Sigmoid', 'Tanh', 'Gelu', 'Sigmoid', 'Tanh', 'Tanh'])).toMatch(
      'LSTM that makes "y0": its activations hold "Gelu", and in opset 14 may be Affine, Elu',
    );
  });
});

describe('a word of another version', () => {
  const wrapped = modelFor({
    op: 'Pad',
    given: [fed([4]), whole([1, 1])],
    attributes: [word('mode', 'wrap')],
    opset: 18,
  });

  it('is unwise where runtimes take it: exporters write it', () => {
    const told =
      'Pad that makes "y0": its mode is "wrap", and in opset 18 may be constant, reflect, edge; runtimes take it';
    expect(findingsIn(wrapped)).toEqual({ faults: [], grave: [], warnings: [told] });
  });

  it('is a fault that leaves nothing open where they do not', () => {
    const sampled = modelFor({
      op: 'GridSample',
      given: [image, fed([1, 2, 2, 2])],
      attributes: [word('mode', 'linear')],
      opset: 16,
    });
    expect(findingsIn(sampled)).toMatchObject({
      faults: [
        'GridSample that makes "y0": its mode is "linear", and in opset 16 may be bilinear, nearest, bicubic',
      ],
      grave: [],
    });
  });

  it('of one that no version has, everything is', () => {
    const mirrored = modelFor({
      op: 'Pad',
      given: [fed([4]), whole([1, 1])],
      attributes: [word('mode', 'symmetric')],
      opset: 19,
    });
    expect(findingsIn(mirrored).grave).toHaveLength(1);
  });
});

describe('codes of types', () => {
  const cast = (to: number) =>
    faultsIn(modelFor({ op: 'Cast', given: [fed([2])], attributes: [int('to', to)], gives: ['int64'] }));

  it('are those of ONNX', () => {
    expect(cast(7)).toEqual([]);
    for (const code of [0, -1, 99])
      expect(cast(code)).toContain(`Cast that makes "y0": its to is ${code}, which is the code of no type`);
  });

  it('may be left open by 0 where a type is not demanded', () => {
    const eye = modelFor({ op: 'EyeLike', given: [fed([2, 2])], attributes: [int('dtype', 0)] });
    expect(faultsIn(eye)).toEqual([]);
  });
});
