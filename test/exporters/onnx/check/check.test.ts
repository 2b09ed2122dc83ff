/** The checker finds nothing in what is right and every fault that is put in. */
import { describe, expect, it } from 'vitest';
import { faultsIn, findingsIn, requireValid } from '../../../../exporters/onnx/check/check.ts';
import { newestOpset } from '../../../../exporters/onnx/schemas/schema.ts';
import { toOnnxModel } from '../../../../exporters/onnx/export.ts';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../../../../proto/onnx.ts';
import { floatInfo, floats, ints, modelOf, node } from '../models.ts';
import { build, layerKinds } from '../networks.ts';

const sound: OnnxGraph = modelOf({
  inputs: [floatInfo('x', [2])],
  initializers: [floats('w', [2], [1, 2]), { name: 'c', dims: [], dtype: 'bool', data: Uint8Array.of(1) }],
  nodes: [
    node('Add', ['x', 'w'], ['a'], [], { name: 'add' }),
    node('Relu', ['a'], ['y'], [], { name: 'relu' }),
  ],
  outputs: [floatInfo('y', [2])],
}).graph;
const [add = node('Add', [], []), relu = node('Relu', [], [])] = sound.nodes;

const body = (outputs: readonly string[], inputs: readonly string[] = []): OnnxGraph =>
  modelOf({
    nodes: [node('Identity', ['x'], ['inner'])],
    inputs: inputs.map((name) => floatInfo(name, [2])),
    outputs: outputs.map((name) => floatInfo(name, [2])),
  }).graph;
const branch = (graph: OnnxGraph) =>
  node(
    'If',
    ['c'],
    ['z'],
    [
      { name: 'then_branch', kind: 'graph', value: graph },
      { name: 'else_branch', kind: 'graph', value: body(['inner']) },
    ],
    { name: 'if' },
  );

describe('faultsIn', () => {
  it('finds nothing in what is right', () => {
    expect(faultsIn(modelOf(sound))).toEqual([]);
    const network = build({ layers: [...layerKinds], channels: 2, size: 6, classes: 3, seed: 1 });
    expect(faultsIn(toOnnxModel(network.graph, { weights: network.weights }))).toEqual([]);
    // A graph inside a node sees what is made around it.
    expect(faultsIn(modelOf({ ...sound, nodes: [...sound.nodes, branch(body(['inner']))] }))).toEqual([]);
  });

  const faults: readonly [string, Partial<OnnxGraph>, Partial<OnnxModel>, string][] = [
    ['no name', { name: '' }, {}, 'a graph has no name'],
    ['order', { nodes: [relu, add] }, {}, 'Relu "relu" uses "a", which is made only later'],
    [
      'a missing value',
      { nodes: [add, { ...relu, inputs: ['b'] }] },
      {},
      'Relu "relu" uses "b", which nothing makes',
    ],
    [
      'a value made twice',
      { nodes: [add, relu, { ...relu, name: 'r' }] },
      {},
      'Relu "r" makes "y", which is there already',
    ],
    [
      'an input made again',
      { nodes: [add, { ...relu, outputs: ['x'] }, relu] },
      {},
      'makes "x", which is there already',
    ],
    ['equal inputs', { inputs: [floatInfo('x', [2]), floatInfo('x', [2])] }, {}, 'two inputs are named "x"'],
    [
      'equal initializers',
      { initializers: [floats('w', [1], [1]), floats('w', [1], [1])] },
      {},
      'two initializers are named "w"',
    ],
    ['a missing output', { outputs: [floatInfo('q', [2])] }, {}, 'no node makes the output "q"'],
    [
      'a wrong size',
      { initializers: [floats('w', [3], [1, 2])] },
      {},
      'initializer "w" has the shape [3], 12 bytes, but holds 8',
    ],
    [
      'a wrong extent',
      { initializers: [floats('w', [-2], [1, 2])] },
      {},
      'initializer "w" has the shape [-2]',
    ],
    ['no operator set', {}, { opsets: [] }, 'of the operator set of ONNX, which is not imported'],
    [
      'another domain',
      { nodes: [add, { ...relu, domain: 'ai.other' }] },
      {},
      'of the operator set "ai.other", which is not imported',
    ],
    [
      'opsets twice',
      {},
      {
        opsets: [
          { domain: '', version: 17 },
          { domain: '', version: 13 },
        ],
      },
      'the operator set of ONNX is imported as version 17 and as version 13',
    ],
    [
      'metadata twice',
      {},
      {
        metadata: [
          ['k', '1'],
          ['k', '2'],
        ],
      },
      'two entries named "k"',
    ],
    [
      'too few inputs',
      { nodes: [{ ...add, inputs: ['x'] }, relu] },
      {},
      'Add "add" has 1 input; Add takes 2',
    ],
    ['too many outputs', { nodes: [add, { ...relu, outputs: ['y', 'z'] }] }, {}, 'has 2 outputs; Relu has 1'],
    [
      'an unknown attribute',
      { nodes: [add, { ...relu, attributes: [{ name: 'alpha', kind: 'float', value: 1 }] }] },
      {},
      'Relu "relu": Relu has no attribute "alpha"',
    ],
    [
      'a wrong kind',
      {
        nodes: [
          add,
          { ...relu, opType: 'Softmax', attributes: [{ name: 'axis', kind: 'ints', value: [1] }] },
        ],
      },
      {},
      'attribute "axis" is of kind ints, not int',
    ],
    [
      'an attribute twice',
      {
        nodes: [
          add,
          {
            ...relu,
            opType: 'Softmax',
            attributes: [
              { name: 'axis', kind: 'int', value: 0 },
              { name: 'axis', kind: 'int', value: 0 },
            ],
          },
        ],
      },
      {},
      'has two attributes named "axis"',
    ],
    ['a missing attribute', { nodes: [add, { ...relu, opType: 'Cast' }] }, {}, 'lacks the attribute "to"'],
    [
      'a fault inside a node',
      { nodes: [add, relu, branch(body(['nothing']))] },
      {},
      'no node makes the output "nothing"',
    ],
    [
      'a hidden value',
      { nodes: [add, relu, branch({ ...body(['a']), nodes: [node('Identity', ['x'], ['a'])] })] },
      {},
      'makes "a", which is there already',
    ],
    [
      'an output that is a value of the graph around',
      { nodes: [add, relu, branch(body(['a']))] },
      {},
      'no node makes the output "a"',
    ],
    [
      'an input left out that must be given',
      { nodes: [{ ...add, inputs: ['', 'w'] }, relu] },
      {},
      'Add "add" leaves out its input 1, "A"',
    ],
    [
      'one of many left out',
      { nodes: [{ ...add, opType: 'Sum', inputs: ['', 'w'] }, relu] },
      {},
      'Sum "add" leaves out its input 1, one of its "data_0"',
    ],
    [
      'nothing made that is told of',
      { nodes: [add, relu, node('Split', ['', 'x'], ['', ''])] },
      {},
      'Split that takes "x" leaves out its input 1, "input"',
    ],
    ['an op that ONNX has not', { nodes: [add, { ...relu, opType: 'Rely' }] }, {}, 'ONNX has no op "Rely"'],
    [
      'an op of a later operator set',
      { nodes: [add, { ...relu, opType: 'Gelu' }] },
      {},
      'Gelu "relu": Gelu is there from opset 20 on; the model is of opset 17',
    ],
    [
      'an op that is gone',
      { nodes: [add, { ...relu, opType: 'Scatter', inputs: ['x', 'x', 'x'] }] },
      {},
      'Scatter is gone since opset 11; the model is of opset 17',
    ],
    [
      'an attribute that a later version lost',
      {
        nodes: [
          add,
          { ...relu, opType: 'Squeeze', attributes: [{ name: 'axes', kind: 'ints', value: [0] }] },
        ],
      },
      {},
      'Squeeze has no attribute "axes" (of opset 13)',
    ],
    [
      'a reference to an attribute, outside of functions',
      {
        nodes: [
          add,
          {
            ...relu,
            opType: 'Softmax',
            attributes: [{ name: 'axis', kind: 'reference', refersTo: 'a', refersToKind: 'int' }],
          },
        ],
      },
      {},
      'stands for an attribute of a function, outside of any',
    ],
    [
      'an input without a type',
      { inputs: [floatInfo('x', [2]), { name: 'z', type: { kind: 'unknown' } }] },
      {},
      'the type of the input "z" is not told',
    ],
    ['initializers beside the inputs before IR 4', {}, { irVersion: 3 }, '"w" is not among the inputs'],
    [
      'positions outside a sparse tensor',
      {
        sparseInitializers: [{ values: floats('s', [1], [1]), indices: ints('i', [4]), dims: [4] }],
      },
      {},
      'sparse initializer "s" has a value at 4, where there are 4',
    ],
    [
      'a function that calls itself',
      {},
      {
        functions: [
          {
            name: 'F',
            domain: 'd',
            inputs: ['a'],
            outputs: ['b'],
            attributes: [],
            nodes: [node('F', ['a'], ['b'], [], { domain: 'd' })],
            opsets: [{ domain: 'd', version: 1 }],
          },
        ],
      },
      'function "d.F" calls itself',
    ],
    [
      'a fault in a function',
      {},
      {
        functions: [
          { name: 'F', domain: 'd', inputs: ['a'], outputs: ['b'], attributes: [], nodes: [], opsets: [] },
        ],
      },
      'function "d.F": no node makes the output "b"',
    ],
  ];

  it.each(faults)('finds %s', (_, graph, rest, message) => {
    expect(faultsIn(modelOf({ ...sound, ...graph }, rest)).join('\n')).toContain(message);
  });

  it('tells all of them', () => {
    const model = modelOf({ ...sound, name: '', outputs: [floatInfo('q', [2])] }, { opsets: [] });
    expect(faultsIn(model)).toHaveLength(4);
  });

  it('finds nothing in what every runtime takes', () => {
    const twice = (name: string) => body([name]);
    const warned: readonly [string, Partial<OnnxGraph>, string][] = [
      ['equal node names', { nodes: [add, { ...relu, name: 'add' }] }, 'two nodes are named "add"'],
      ['equal outputs', { outputs: [floatInfo('y', [2]), floatInfo('y', [2])] }, 'two outputs are named "y"'],
      [
        'equal types',
        { valueInfo: [floatInfo('a', [2]), floatInfo('a', [2])] },
        'the type of "a" is told twice',
      ],
      [
        'an input that hides a value',
        {
          nodes: [add, relu, branch({ ...body(['inner'], ['a']), initializers: [floats('a', [2], [1, 2])] })],
        },
        '"a" hides a value of the graph around it',
      ],
    ];
    for (const [what, graph, warning] of warned) {
      const { faults, warnings } = findingsIn(modelOf({ ...sound, ...graph }));
      expect(faults, what).toEqual([]);
      expect(warnings.join('\n'), what).toContain(warning);
    }
    const branches = [
      { name: 'then_branch', kind: 'graph', value: twice('inner') },
      { name: 'else_branch', kind: 'graph', value: twice('inner') },
    ] as const;
    const named = branches.map((each) => ({
      ...each,
      value: { ...each.value, nodes: each.value.nodes.map((one) => ({ ...one, name: 'same' })) },
    }));
    const model = modelOf({ ...sound, nodes: [add, relu, node('If', ['c'], ['z'], named)] });
    expect(findingsIn(model)).toEqual({ faults: [], grave: [], warnings: [] });
  });

  it('judges by the operator set of the model, and says nothing of newer ones and of other domains', () => {
    const squeeze = node('Squeeze', ['x'], ['y'], [{ name: 'axes', kind: 'ints', value: [0] }]);
    const of = (version: number, one: OnnxNode) =>
      faultsIn(modelOf({ ...sound, nodes: [one] }, { opsets: [{ domain: '', version }] }));
    expect(of(11, squeeze)).toEqual([]);
    expect(of(13, squeeze)).toHaveLength(1);
    expect(
      of(
        1,
        node(
          'BatchNormalization',
          ['x', 'w', 'w', 'w', 'w'],
          ['y'],
          [
            { name: 'is_test', kind: 'int', value: 1 },
            { name: 'consumed_inputs', kind: 'ints', value: [0, 0, 0, 1, 1] },
          ],
        ),
      ),
    ).toEqual([]);
    const unheard = node('Relu', ['x', 'x'], ['y'], [{ name: 'unheard', kind: 'int', value: 1 }]);
    expect(of(newestOpset + 1, unheard)).toEqual([]);
    expect(of(newestOpset, unheard)).toHaveLength(2);
    const other = modelOf(
      { ...sound, nodes: [{ ...unheard, domain: 'com.example' }] },
      { opsets: [{ domain: 'com.example', version: 1 }] },
    );
    expect(faultsIn(other)).toEqual([]);
  });

  it('keeps the first thousand of a million, and shows twenty', () => {
    const nodes = Array.from({ length: 5000 }, (_, i) => node('Rely', ['x'], [`y${i}`]));
    const model = modelOf({ ...sound, nodes, outputs: [floatInfo('y0', [2])] });
    expect(faultsIn(model)).toHaveLength(1001);
    expect(faultsIn(model).at(-1)).toBe('and 4000 more');
    expect(() => requireValid(model, 'the model')).toThrow(/1001 problems(.*\n){21} {2}and 981 more$/);
  });
});
