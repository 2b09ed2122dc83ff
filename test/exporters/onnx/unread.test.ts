/**
 * What the file says of shapes that no graph of ours has: in rounds that only a run can count, in functions, and of ops that are
 * not read. onnx.checker refuses the wrong ones, and onnxruntime warns of them.
 */
import { describe, expect, it } from 'vitest';
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxDataType,
  type OnnxModel,
  type OnnxValueInfo,
} from '../../../proto/onnx.ts';
import { checkModel } from '../../../src/onnx/check-model.ts';
import { floatInfo, modelOf, node } from './models.ts';
import { int, list } from './check/rules/node-case.ts';

const faultsOf = async (model: OnnxModel) => (await checkModel(encodeModel(model))).faults;
const info = (name: string, dtype: OnnxDataType, shape?: readonly (number | string)[]): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, ...(shape && { shape }) },
});

describe('rounds that only a run can count', () => {
  /** Carries `a`, float32[2, 3], and gives in each round what a node makes of it. */
  const rounds = (
    op: string,
    said: readonly (number | string)[],
    attributes: readonly OnnxAttribute[] = [],
  ) => {
    const body = modelOf({
      name: 'body',
      inputs: [info('i', 'int64', []), info('go', 'bool', []), floatInfo('a', [2, 3])],
      nodes: [
        node('Identity', ['go'], ['on']),
        node('Neg', ['a'], ['ao']),
        node(op, ['a'], ['row'], attributes),
      ],
      outputs: [info('on', 'bool', []), floatInfo('ao', [2, 3]), floatInfo('row', said)],
    }).graph;
    return modelOf({
      inputs: [floatInfo('x', [2, 3]), info('m', 'int64', [])],
      nodes: [node('Loop', ['m', '', 'x'], ['', 'y'], [{ name: 'body', kind: 'graph', value: body }])],
      outputs: [info('y', 'float32')],
    });
  };

  it.each<[OnnxModel, string | undefined]>([
    [rounds('Cos', [2, 3]), undefined],
    [rounds('Cos', ['rows', 'columns']), undefined],
    [rounds('Cos', [2, 4]), '"row" is said to be float32[2, 4], and its node gives float32[2, 3]'],
    [rounds('Transpose', [3, 2]), undefined],
    [rounds('Transpose', [2, 3]), '"row" is said to be float32[2, 3], and its node gives float32[3, 2]'],
    [rounds('ReduceMax', [2, 1], [list('axes', [1])]), undefined],
    [
      rounds('ReduceMax', [2], [list('axes', [1])]),
      '"row" is said to be float32[2], and its node gives float32[2, 1]',
    ],
  ])('%#', async (model, fault) => {
    expect(await faultsOf(model)).toEqual(fault === undefined ? [] : [fault]);
  });

  it('are read as often as there are of them, in one another or not', async () => {
    // In each, extents of two names meet.
    const nested = (depth: number): ReturnType<typeof node> => {
      const own = (name: string) => `${name}${depth}`;
      const body = modelOf({
        name: own('body'),
        inputs: [
          info(own('i'), 'int64', []),
          info(own('go'), 'bool', []),
          floatInfo(own('a'), [own('n')]),
          floatInfo(own('b'), [own('m')]),
        ],
        nodes: [
          node('Identity', [own('go')], [own('on')]),
          ...(depth === 0 ? [] : [nested(depth - 1)]),
          node('Add', [own('a'), own('b')], [own('c')]),
          node('Neg', [own('b')], [own('d')]),
        ],
        outputs: [
          info(own('on'), 'bool', []),
          floatInfo(own('c'), [own('n')]),
          floatInfo(own('d'), [own('m')]),
        ],
      }).graph;
      return node(
        'Loop',
        ['m', '', 'x', 'x'],
        [own('y'), own('z')],
        [{ name: 'body', kind: 'graph', value: body }],
      );
    };
    const model = modelOf({
      inputs: [floatInfo('x', [3]), info('m', 'int64', [])],
      nodes: [nested(24)],
      outputs: [info('y24', 'float32')],
    });
    const start = performance.now();
    expect(await faultsOf(model)).toEqual([]);
    // With twice as many for each, it is ten seconds.
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it('are no fault for what cannot be read', async () => {
    const odd = rounds('Mystery', [7]);
    const [loop] = odd.graph.nodes;
    const [body] = loop?.attributes ?? [];
    if (loop === undefined || body?.kind !== 'graph') throw new Error('no body');
    const nodes = body.value.nodes.map((one) =>
      one.opType === 'Mystery' ? { ...one, domain: 'mine' } : one,
    );
    const attributes = [{ ...body, value: { ...body.value, nodes } }];
    const opsets = [...odd.opsets, { domain: 'mine', version: 1 }];
    expect(
      await faultsOf({ ...odd, opsets, graph: { ...odd.graph, nodes: [{ ...loop, attributes }] } }),
    ).toEqual([]);
  });
});

interface Case {
  readonly op: string;
  readonly inputs: readonly (readonly [OnnxDataType, readonly number[]])[];
  readonly gives: OnnxDataType;
  readonly right: readonly (number | string)[];
  readonly wrong: readonly (number | string)[];
  readonly made: string;
  readonly attributes?: readonly OnnxAttribute[];
  readonly domain?: string;
}

const ml = 'ai.onnx.ml';
const keys: readonly OnnxAttribute[] = [
  { name: 'keys_strings', kind: 'strings', value: ['a'] },
  { name: 'values_floats', kind: 'floats', value: [1] },
];
const text = (shape: readonly number[]) => ['string', shape] as const;
const real = (shape: readonly number[]) => ['float32', shape] as const;
const whole = (shape: readonly number[]) => ['int64', shape] as const;

const cases: readonly Case[] = [
  {
    op: 'StringConcat',
    inputs: [text([2, 1]), text([3])],
    gives: 'string',
    right: [2, 3],
    wrong: [3],
    made: '2, 3',
  },
  { op: 'RegexFullMatch', inputs: [text([2])], gives: 'bool', right: [2], wrong: [3], made: '2' },
  { op: 'StringNormalizer', inputs: [text([2])], gives: 'string', right: [1], wrong: [1, 2], made: '?' },
  { op: 'StringSplit', inputs: [text([2])], gives: 'string', right: [2, 4], wrong: [2], made: '2, ?' },
  {
    op: 'ImageDecoder',
    inputs: [['uint8', [9]]],
    gives: 'uint8',
    right: [4, 4, 3],
    wrong: [4, 4],
    made: '?, ?, ?',
  },
  { op: 'Bernoulli', inputs: [real([2, 3])], gives: 'float32', right: [2, 3], wrong: [2, 4], made: '2, 3' },
  {
    op: 'OneHot',
    inputs: [whole([2, 3]), whole([]), real([2])],
    gives: 'float32',
    right: [5, 2, 3],
    wrong: [2, 3, 5],
    made: '?, 2, 3',
    attributes: [int('axis', 0)],
  },
  {
    op: 'ReduceMin',
    inputs: [real([2, 3])],
    gives: 'float32',
    right: [],
    wrong: [1, 1],
    made: '',
    attributes: [int('keepdims', 2)],
  },
  {
    op: 'ArgMax',
    inputs: [real([2, 3])],
    gives: 'int64',
    right: [2],
    wrong: [2, 1],
    made: '2',
    attributes: [int('axis', -1), int('keepdims', 2)],
  },
  {
    op: 'ReduceSum',
    inputs: [real([2, 3, 4]), whole([1])],
    gives: 'float32',
    right: [2, 4],
    wrong: [2, 1, 4],
    made: '?, ?',
    attributes: [int('keepdims', 0)],
  },
  {
    op: 'Col2Im',
    inputs: [real([1, 5, 5]), whole([2]), whole([2])],
    gives: 'float32',
    right: [1, 1, 5, 5],
    wrong: [1, 5, 5],
    made: '1, ?, ?, ?',
  },
  {
    op: 'AffineGrid',
    inputs: [real([1, 2, 3]), whole([4])],
    gives: 'float32',
    right: [1, 4, 5, 2],
    wrong: [1, 4, 5, 3],
    made: '?, ?, ?, 2',
  },
  {
    op: 'DFT',
    inputs: [real([1, 8, 1]), whole([])],
    gives: 'float32',
    right: [1, 5, 2],
    wrong: [1, 5, 1],
    made: '1, ?, 2',
  },
  {
    op: 'RoiAlign',
    inputs: [real([1, 3, 8, 8]), real([2, 4]), whole([2])],
    gives: 'float32',
    right: [2, 3, 1, 5],
    wrong: [2, 3, 5, 5],
    made: '2, 3, 1, 5',
    attributes: [int('output_width', 5)],
  },
  {
    op: 'Binarizer',
    inputs: [real([2, 3])],
    gives: 'float32',
    right: [2, 3],
    wrong: [2],
    made: '2, 3',
    domain: ml,
  },
  {
    op: 'LabelEncoder',
    inputs: [text([2])],
    gives: 'float32',
    right: [2],
    wrong: [3],
    made: '2',
    attributes: keys,
    domain: ml,
  },
  {
    op: 'ArrayFeatureExtractor',
    inputs: [real([2, 3]), whole([1])],
    gives: 'float32',
    right: [2, 1],
    wrong: [2],
    made: '2, ?',
    domain: ml,
  },
];

/** A node whose first output is said to be of a shape; of a function, if that is what it is in. */
function saying(
  { op, inputs, gives, attributes = [], domain = '' }: Case,
  shape: readonly (number | string)[],
  isCalled: boolean,
): OnnxModel {
  const names = inputs.map((_, i) => `x${i}`);
  const made = op === 'StringSplit' ? ['y', 'counts'] : ['y'];
  const one = node(op, names, made, attributes, { domain });
  const opsets = [
    { domain: '', version: 20 },
    { domain: ml, version: 2 },
    { domain: 'own', version: 1 },
  ];
  const called = {
    domain: 'own',
    name: 'F',
    inputs: names,
    outputs: made,
    attributes: [],
    nodes: [one],
    opsets,
  };
  return modelOf(
    {
      inputs: inputs.map(([dtype, own], i) => info(`x${i}`, dtype, own)),
      nodes: [isCalled ? node('F', names, made, [], { domain: 'own' }) : one],
      outputs: [info('y', gives, shape)],
    },
    {
      opsets,
      functions: isCalled ? [called] : [],
    },
  );
}

describe.each([false, true])('what is not read, in a function: %s', (isCalled) => {
  it.each(cases.map((each) => [each.op, each] as const))('%s', async (_, each) => {
    expect(await faultsOf(saying(each, each.right, isCalled))).toEqual([]);
    expect(await faultsOf(saying(each, each.wrong, isCalled))).toEqual([
      `"y" is said to be ${each.gives}[${each.wrong.join(', ')}], and its node gives ${each.gives}[${each.made}]`,
    ]);
  });
});

it('a transform along an axis that there is not is told', async () => {
  for (const [axis, shape] of [
    [7, [1, 8, 1]],
    [1, [8]],
    [1, []],
  ] as const) {
    const one = {
      op: 'DFT',
      inputs: [real(shape)],
      gives: 'float32',
      right: [],
      wrong: [],
      made: '',
    } as const;
    const model = saying({ ...one, attributes: [int('axis', axis)] }, [1, 8, 2], false);
    const opsets = [{ domain: '', version: 17 }];
    expect((await faultsOf({ ...model, opsets }))[0]).toMatch(/^DFT that makes "y": its (axis|input) /);
  }
});
