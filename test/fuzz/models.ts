/** Sound models to begin from, which together have every kind of part, and those ops whose work a constant decides. */
import type { OnnxModel } from '../../proto/onnx.ts';
import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { floatInfo, floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { build, layerKinds } from '../exporters/onnx/networks.ts';
import { model as everyPart } from '../proto/models.ts';

export function soundModels(): readonly OnnxModel[] {
  const network = build({ layers: [...layerKinds], channels: 2, size: 6, classes: 3, seed: 1 });
  return [everyPart, toOnnxModel(network.graph, { weights: network.weights }), shapes, loops];
}

/** What extents, repeats, pads and ranges decide. */
const shapes = modelOf({
  inputs: [floatInfo('x', ['batch', 4])],
  initializers: [
    ints('to', [2, 3, 4]),
    ints('times', [1, 2]),
    ints('pads', [0, 1, 0, 1]),
    ints('shape', [-1, 2]),
    floats('w', [4], [1, 2, 3, 4]),
  ],
  nodes: [
    node('Expand', ['w', 'to'], ['e']),
    node('ConstantOfShape', ['to'], ['zeros']),
    node('Add', ['e', 'zeros'], ['s']),
    node('Tile', ['x', 'times'], ['t']),
    node('Pad', ['t', 'pads'], ['p']),
    node('Shape', ['p'], ['sh']),
    node('Gather', ['sh', 'shape'], ['g']),
    node('Reshape', ['s', 'shape'], ['r']),
    node('Concat', ['r', 'r'], ['c'], [{ name: 'axis', kind: 'int', value: 0 }]),
    node('ReduceSum', ['c'], ['q'], [{ name: 'keepdims', kind: 'int', value: 0 }]),
    node('Add', ['p', 'q'], ['y']),
  ],
  outputs: [floatInfo('y', ['batch', 10])],
});

const branch = (name: string) => ({
  ...modelOf({ nodes: [node('Identity', ['x'], [name])], outputs: [floatInfo(name, [2])] }).graph,
  name,
});

/** Graphs in nodes, and a function. */
const loops = modelOf(
  {
    inputs: [floatInfo('x', [2])],
    initializers: [{ name: 'cond', dims: [], dtype: 'bool', data: Uint8Array.of(1) }],
    nodes: [
      node(
        'If',
        ['cond'],
        ['z'],
        [
          { name: 'then_branch', kind: 'graph', value: branch('a') },
          { name: 'else_branch', kind: 'graph', value: branch('b') },
        ],
      ),
      node('F', ['z'], ['y'], [], { domain: 'own' }),
    ],
    outputs: [floatInfo('y', [2])],
  },
  {
    opsets: [
      { domain: '', version: 17 },
      { domain: 'own', version: 1 },
    ],
    functions: [
      {
        name: 'F',
        domain: 'own',
        inputs: ['a'],
        outputs: ['b'],
        attributes: [],
        nodes: [node('Relu', ['a'], ['h']), node('Neg', ['h'], ['b'])],
        opsets: [{ domain: '', version: 17 }],
      },
    ],
  },
);
