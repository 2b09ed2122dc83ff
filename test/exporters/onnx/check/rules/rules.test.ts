/** What is called a fault of shapes is what onnxruntime refuses, and nothing else is. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../../../exporters/onnx/import.ts';
import { UnreadableModel } from '../../../../../exporters/onnx/problems.ts';
import { NascentError } from '../../../../../src/errors.ts';
import { floatInfo, modelOf, node } from '../../models.ts';
import { families } from './cases.ts';
import { faultOf, held } from './held.ts';
import { int, list, type NodeCase } from './node-case.ts';

describe('a fault is what onnxruntime refuses', () => {
  held(families);
});

describe('a fault is told with what does not meet', () => {
  it.each<[NodeCase, string]>([
    [
      {
        op: 'MatMul',
        shapes: [
          ['b', 5],
          [4, 2],
        ],
      },
      '[b, 5] times [4, 2]: 5 meets 4',
    ],
    [{ op: 'Add', shapes: [[3], [1, 2]] }, 'shapes [3] and [1, 2] do not broadcast: 3 meets 2'],
    [{ op: 'Gemm', shapes: [[1, 2], [2, 3], [4]] }, 'C is [4], which does not broadcast to [1, 3]'],
    [
      {
        op: 'Conv',
        shapes: [
          [1, 1, 4, 4],
          [1, 1, 3, 3],
        ],
        attributes: [list('strides', [0, 0])],
      },
      'its strides [0, 0] must be positive',
    ],
    [
      {
        op: 'Conv',
        shapes: [
          [1, 6, 4, 4],
          [4, 2, 3, 3],
        ],
        attributes: [int('group', 2)],
      },
      'its image has 6 channels, and its kernel [4, 2, 3, 3] in 2 groups takes 4',
    ],
    [{ op: 'Gather', shapes: [[4]], operands: [[0, 7]] }, 'its index 7 is outside an axis of 4'],
    [
      { op: 'Reshape', shapes: [[5, 1, 32]], operands: [[7, 4, 8]] },
      '[5, 1, 32] cannot become [7, 4, 8]: 160 elements do not fill it',
    ],
    [{ op: 'Squeeze', shapes: [[2, 3]], operands: [[1]] }, 'axis 1 of [2, 3] is 3, not 1'],
    [{ op: 'Split', shapes: [[4]], operands: [[1, 2]], outputs: 2 }, 'its parts [1, 2] come to 3, not 4'],
    [{ op: 'Slice', shapes: [[4]], operands: [[0], [2], [0], [0]] }, 'its step is 0'],
    [
      { op: 'Softmax', shapes: [[4]], attributes: [int('axis', 2)] },
      'its axis 2 is outside a tensor of 1 dimension',
    ],
    [
      {
        op: 'Einsum',
        shapes: [
          [2, 3],
          [2, 4],
        ],
        attributes: [{ name: 'equation', kind: 'string', value: 'ij,jk->ik' }],
      },
      '"j" of its equation is 3 and 2',
    ],
    [
      {
        op: 'ScatterND',
        shapes: [
          [2, 3],
          [1, 4],
          [1, 2],
        ],
      },
      'its indices [1, 4] name 4 axes of [2, 3]',
    ],
    [
      {
        op: 'GridSample',
        shapes: [
          [1, 1, 4, 4],
          [1, 2, 2, 2],
        ],
        attributes: [{ name: 'mode', kind: 'string', value: 'linear' }],
      },
      'its mode is "linear", and in opset 17 may be bilinear, nearest, bicubic',
    ],
    [{ op: 'DequantizeLinear', shapes: [[2, 3], [4]] }, 'its scale is [4], and axis 1 of its input is 3'],
  ])('%j', (given, told) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });
});

describe('nothing is a fault', () => {
  it.each<[string, NodeCase]>([
    [
      'of an open extent',
      {
        op: 'MatMul',
        shapes: [
          ['b', 'n'],
          [4, 2],
        ],
      },
    ],
    ['of an operator set with other rules', { op: 'Add', shapes: [[2, 3], [2]], opset: 6 }],
    ['of an op that is not judged', { op: 'GlobalMaxPool', shapes: [[2]] }],
  ])('%s', (_, given) => {
    expect(faultOf(given)).toBeUndefined();
  });

  it('in a branch, which may never be come to', () => {
    const branch = (name: string, nodes: ReturnType<typeof node>[]) => ({
      name,
      kind: 'graph' as const,
      value: modelOf({
        name,
        nodes,
        outputs: [{ name: nodes[0]?.outputs[0] ?? '', type: { kind: 'tensor', dtype: 'float32' } }],
      }).graph,
    });
    const model = modelOf({
      inputs: [
        { name: 'c', type: { kind: 'tensor', dtype: 'bool', shape: [] } },
        floatInfo('x', [1, 2]),
        floatInfo('w', [3, 4]),
      ],
      nodes: [
        node(
          'If',
          ['c'],
          ['y'],
          [
            branch('then_branch', [node('Relu', ['x'], ['a'])]),
            branch('else_branch', [node('MatMul', ['x', 'w'], ['m'])]),
          ],
        ),
      ],
      outputs: [{ name: 'y', type: { kind: 'tensor', dtype: 'float32' } }],
    });
    const codes = () => {
      try {
        importOnnx(model);
        return [];
      } catch (error) {
        const cause = error instanceof NascentError ? error.cause : undefined;
        return cause instanceof UnreadableModel ? cause.problems.map(({ code }) => code) : ['?'];
      }
    };
    expect(new Set(codes())).toEqual(new Set(['lack']));
  });
});
