/** Attributes of the ops of ai.onnx.ml; onnxruntime refuses what is a fault. */
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../../../exporters/onnx/check/check.ts';
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxDataType,
  type OnnxModel,
} from '../../../../proto/onnx.ts';
import { checkModel } from '../../../../src/onnx/check-model.ts';
import { expectRefused } from '../loading.ts';
import { floatInfo, modelOf, node } from '../models.ts';
import { int, list, word } from './rules/node-case.ts';

const ml = 'ai.onnx.ml';
const floats = (name: string, value: readonly number[]): OnnxAttribute => ({ name, kind: 'floats', value });
const strings = (name: string, value: readonly string[]): OnnxAttribute => ({ name, kind: 'strings', value });
const bytes = (name: string, value: readonly number[]): OnnxAttribute => ({
  name,
  kind: 'tensor',
  value: { name: '', dims: [value.length], dtype: 'uint8', data: Uint8Array.from(value) },
});
const reals = (name: string, value: readonly number[]): OnnxAttribute => ({
  name,
  kind: 'tensor',
  value: { name: '', dims: [value.length], dtype: 'float32', data: Float32Array.from(value) },
});

interface Given {
  readonly x?: OnnxDataType;
  readonly y?: OnnxDataType;
  readonly outputs?: readonly string[];
  readonly version?: number;
}

function model(
  op: string,
  attributes: readonly OnnxAttribute[],
  { x = 'float32', y = 'float32', outputs = ['y'], version = 3 }: Given = {},
): OnnxModel {
  return modelOf(
    {
      inputs: [{ ...floatInfo('x', []), type: { kind: 'tensor', dtype: x, shape: [2, 3] } }],
      nodes: [node(op, ['x'], outputs, attributes, { domain: ml, name: 'n' })],
      outputs: [{ name: 'y', type: { kind: 'tensor', dtype: y } }],
    },
    {
      opsets: [
        { domain: '', version: 17 },
        { domain: ml, version },
      ],
    },
  );
}

/** A root with two leaves, of which some lists are otherwise. */
function tree(...others: readonly OnnxAttribute[]): OnnxModel {
  const own = [
    int('n_targets', 1),
    list('nodes_treeids', [0, 0, 0]),
    list('nodes_nodeids', [0, 1, 2]),
    list('nodes_featureids', [0, 0, 0]),
    strings('nodes_modes', ['BRANCH_LEQ', 'LEAF', 'LEAF']),
    floats('nodes_values', [0.5, 0, 0]),
    list('nodes_truenodeids', [1, 0, 0]),
    list('nodes_falsenodeids', [2, 0, 0]),
    list('target_ids', [0, 0]),
    list('target_nodeids', [1, 2]),
    list('target_treeids', [0, 0]),
    floats('target_weights', [1, 2]),
  ];
  return model('TreeEnsembleRegressor', [
    ...new Map([...own, ...others].map((each) => [each.name, each])).values(),
  ]);
}

const coefficients = [floats('coefficients', [1, 1, 1, 1, 1, 1]), floats('intercepts', [0, 0])];
const classes = { y: 'int64', outputs: ['y', 'z'] } as const;
const keys = strings('keys_strings', ['a', 'b']);
const values = list('values_int64s', [1, 2]);
const encoded = { x: 'string', y: 'int64' } as const;

it.each<[string, OnnxModel, string | undefined]>([
  ['lists as long', model('Scaler', [floats('offset', [1]), floats('scale', [1])]), undefined],
  [
    'lists that are not',
    model('Scaler', [floats('offset', [1, 2]), floats('scale', [1])]),
    'it has 2 of offset and 1 of scale, and must have as many',
  ],
  ['a norm that there is', model('Normalizer', [word('norm', 'L2')]), undefined],
  [
    'a norm that there is not',
    model('Normalizer', [word('norm', 'L7')]),
    'its norm is "L7", and in opset 3 may be MAX, L1, L2',
  ],
  ['one value for what lacks', model('Imputer', [floats('imputed_value_floats', [1])]), undefined],
  [
    'none',
    model('Imputer', []),
    'it has none of imputed_value_floats, imputed_value_int64s, and must have one',
  ],
  ['categories', model('OneHotEncoder', [list('cats_int64s', [1])], { x: 'int64' }), undefined],
  [
    'categories of two kinds',
    model('OneHotEncoder', [list('cats_int64s', [1]), strings('cats_strings', ['a'])], { x: 'int64' }),
    'it has cats_int64s and cats_strings, and must have one of them',
  ],
  [
    'names of classes',
    model('LinearClassifier', [...coefficients, list('classlabels_ints', [0, 1])], classes),
    undefined,
  ],
  [
    'classes without names',
    model('LinearClassifier', coefficients, classes),
    'it has none of classlabels_ints, classlabels_strings, and must have one',
  ],
  ['keys and values', model('LabelEncoder', [keys, values], encoded), undefined],
  [
    'more keys than values',
    model('LabelEncoder', [keys, list('values_int64s', [1])], encoded),
    'it has 2 of keys_strings and 1 of values_int64s, and must have as many',
  ],
  [
    'keys of two kinds',
    model('LabelEncoder', [list('keys_int64s', [3, 4]), keys, values], encoded),
    'it has keys_int64s and keys_strings, and must have one of them',
  ],
  [
    'keys of another kind than what is encoded',
    model('LabelEncoder', [keys, values], { ...encoded, x: 'float32' }),
    'its keys are string, and its input float32',
  ],
  ['a tree', tree(), undefined],
  ['hits of a tree, told or not', tree(floats('nodes_hitrates', [1, 1, 1])), undefined],
  [
    'a list of a tree that is shorter',
    tree(list('nodes_nodeids', [0, 1])),
    'it has 2 of nodes_nodeids and 3 of nodes_treeids, and must have as many',
  ],
  [
    'a mode that there is not',
    tree(strings('nodes_modes', ['BRANCH_LEQ', 'LEAF', 'FOO'])),
    'its nodes_modes hold "FOO", and in opset 3 may be BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT, BRANCH_EQ, BRANCH_NEQ, LEAF',
  ],
  [
    'a child that there is not',
    tree(list('nodes_truenodeids', [7, 0, 0])),
    'node 0 of tree 0 leads to node 7, which is not there',
  ],
  [
    'a child that is its own',
    tree(list('nodes_falsenodeids', [0, 0, 0])),
    'node 0 of tree 0 leads to itself',
  ],
  ['a node that is there twice', tree(list('nodes_nodeids', [0, 1, 1])), 'node 1 of tree 0 is there twice'],
  [
    'a leaf that there is not',
    tree(list('target_nodeids', [1, 7])),
    'its target_ids are of node 7 of tree 0, which is not there',
  ],
  [
    'a sum that there is not',
    tree(word('aggregate_function', 'MEAN')),
    'its aggregate_function is "MEAN", and in opset 3 may be AVERAGE, SUM, MIN, MAX',
  ],
])('%s', async (_, given, fault) => {
  const faults = faultsIn(given);
  expect(faults[0]).toBe(fault && `${given.graph.nodes[0]?.opType} "n": ${fault}`);
  await expectRefused(given, faults);
});

describe('an ensemble by places', () => {
  const ensemble = (...others: readonly OnnxAttribute[]) => {
    const own = [
      int('n_targets', 1),
      list('tree_roots', [0]),
      bytes('nodes_modes', [0]),
      list('nodes_featureids', [0]),
      reals('nodes_splits', [0.5]),
      list('nodes_truenodeids', [0]),
      list('nodes_trueleafs', [1]),
      list('nodes_falsenodeids', [1]),
      list('nodes_falseleafs', [1]),
      list('leaf_targetids', [0, 0]),
      reals('leaf_weights', [1, 2]),
    ];
    const all = new Map([...own, ...others].map((each) => [each.name, each]));
    return model('TreeEnsemble', [...all.values()], { version: 5 });
  };

  // Source: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html.
  it.each<[OnnxModel, string | undefined]>([
    [ensemble(), undefined],
    [
      ensemble(list('nodes_trueleafs', [1, 0])),
      'it has 1 of nodes_featureids and 2 of nodes_trueleafs, and must have as many',
    ],
    [ensemble(list('nodes_falsenodeids', [2])), 'node 0 leads to leaf 2, and there are 2'],
    [ensemble(list('tree_roots', [1])), 'its tree_roots have 1, and there are 1 nodes'],
  ])('%#', (given, fault) => {
    expect(faultsIn(given)).toEqual(fault === undefined ? [] : [`TreeEnsemble "n": ${fault}`]);
  });

  it('is given a matrix', async () => {
    const given = ensemble();
    const flat = { ...floatInfo('x', []), type: { kind: 'tensor', dtype: 'float32', shape: [6] } } as const;
    const faultsOf = async (one: OnnxModel) => (await checkModel(encodeModel(one))).faults;
    expect(await faultsOf(given)).toEqual([]);
    expect(await faultsOf({ ...given, graph: { ...given.graph, inputs: [flat] } })).toEqual([
      'TreeEnsemble "n": its input has 1 dimension ([6]), and must have 2',
    ]);
  });
});

it('says nothing in a function of what its call gives', () => {
  const asked: OnnxAttribute = { name: 'scale', kind: 'reference', refersTo: 'by', refersToKind: 'floats' };
  const scaler = node('Scaler', ['x'], ['y'], [floats('offset', [0]), asked], { domain: ml });
  const given = model('Scaler', []);
  const opsets = [...given.opsets, { domain: 'own', version: 1 }];
  const called = {
    domain: 'own',
    name: 'F',
    inputs: ['x'],
    outputs: ['y'],
    attributes: ['by'],
    nodes: [scaler],
    opsets,
  };
  const call = node('F', ['x'], ['y'], [floats('by', [2])], { domain: 'own' });
  expect(
    faultsIn({ ...given, opsets, functions: [called], graph: { ...given.graph, nodes: [call] } }),
  ).toEqual([]);
});
