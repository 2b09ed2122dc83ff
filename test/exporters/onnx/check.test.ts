/** The checker finds nothing in what is right and every fault that is put in. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../../exporters/onnx/check.ts';
import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import type { OnnxGraph, OnnxModel } from '../../../proto/onnx.ts';
import { floatInfo, floats, modelOf, node } from './models.ts';
import { build, layerKinds } from './networks.ts';

const sound: OnnxGraph = modelOf({
  inputs: [floatInfo('x', [2])],
  initializers: [floats('w', [2], [1, 2])],
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
  node('If', ['x'], ['z'], [{ name: 'then_branch', kind: 'graph', value: graph }], { name: 'if' });

describe('checkModel', () => {
  it('finds nothing in what is right', () => {
    expect(checkModel(modelOf(sound))).toEqual([]);
    const network = build({ layers: [...layerKinds], channels: 2, size: 6, classes: 3, seed: 1 });
    expect(checkModel(toOnnxModel(network.graph, { weights: network.weights }))).toEqual([]);
    // A graph inside a node sees what is made around it.
    expect(checkModel(modelOf({ ...sound, nodes: [...sound.nodes, branch(body(['inner']))] }))).toEqual([]);
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
    ['equal node names', { nodes: [add, { ...relu, name: 'add' }] }, {}, 'two nodes are named "add"'],
    ['equal inputs', { inputs: [floatInfo('x', [2]), floatInfo('x', [2])] }, {}, 'two inputs are named "x"'],
    [
      'equal initializers',
      { initializers: [floats('w', [1], [1]), floats('w', [1], [1])] },
      {},
      'two initializers are named "w"',
    ],
    [
      'equal outputs',
      { outputs: [floatInfo('y', [2]), floatInfo('y', [2])] },
      {},
      'two outputs are named "y"',
    ],
    [
      'equal types',
      { valueInfo: [floatInfo('a', [2]), floatInfo('a', [2])] },
      {},
      'the type of "a" is told twice',
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
      'imported twice',
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
      'Add "add" has 1 inputs; Add takes 2',
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
      { nodes: [add, relu, branch(body(['inner'], ['a']))] },
      {},
      '"a" hides a value of the graph around it',
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
    expect(checkModel(modelOf({ ...sound, ...graph }, rest)).join('\n')).toContain(message);
  });

  it('tells all of them', () => {
    const model = modelOf({ ...sound, name: '', outputs: [floatInfo('q', [2])] }, { opsets: [] });
    expect(checkModel(model)).toHaveLength(4);
  });
});
