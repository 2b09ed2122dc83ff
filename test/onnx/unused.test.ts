/** What nothing uses is told; what only a branch uses is used. */
import { expect, it } from 'vitest';
import { unusedIn } from '../../src/onnx/unused.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';

const branch = (uses: string) =>
  modelOf({ nodes: [node('Identity', [uses], ['b'])], outputs: [floatInfo('b', [1])] }).graph;

it('names initializers, inputs and nodes that lead nowhere', () => {
  const { graph } = modelOf({
    inputs: [floatInfo('x', [1]), floatInfo('spare', [1])],
    initializers: [floats('w', [1], [1]), floats('v', [1], [1]), floats('inner', [1], [1])],
    nodes: [
      node('Relu', ['x'], ['a'], [], { name: 'used' }),
      node('Add', ['a', 'v'], ['dead'], [], { name: 'first' }),
      node('Neg', ['dead'], ['deader']),
      node(
        'If',
        ['a'],
        ['y'],
        [
          { name: 'then_branch', kind: 'graph', value: branch('inner') },
          { name: 'else_branch', kind: 'graph', value: branch('a') },
        ],
      ),
    ],
    outputs: [floatInfo('y', [1])],
  });
  expect(unusedIn(graph)).toEqual([
    'the initializer "w" is used by nothing',
    'the initializer "v" is used by nothing',
    'the input "spare" is used by nothing',
    'the node "first" leads to no output',
    'the node "Neg" leads to no output',
  ]);
});

it('counts what is many', () => {
  const initializers = Array.from({ length: 9 }, (_, i) => floats(`w${i}`, [1], [1]));
  expect(unusedIn(modelOf({ initializers }).graph)).toHaveLength(6);
  expect(unusedIn(modelOf({ initializers }).graph).at(-1)).toBe('and 4 more initializers');
});
