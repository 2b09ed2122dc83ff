import { describe, expect, it } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';

/** The message and the help of the mistake that `build` makes. */
function refusal(build: (b: GraphBuilder) => unknown): string {
  try {
    build(new GraphBuilder());
  } catch (error) {
    if (error instanceof NascentError) return `${error.code}: ${error.message}. ${error.help}`;
    throw error;
  }
  throw new Error('the builder let it pass');
}

const conv = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 } as const;
const pool = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const;

describe('a wrong node is refused, with the node, the rule, what was given and the fix', () => {
  it('shapes that do not broadcast', () => {
    expect(
      refusal((b) => b.scope('cells.0', () => b.op('Add', [b.input('x', [2, 3]), b.input('y', [2])]))),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: Add "cells.0.add": shapes [2, 3] and [2] do not broadcast: 3 meets 2 (given cells.0.x: float32[2, 3], cells.0.y: float32[2]). Extents must be equal, or one of them 1."`,
    );
  });

  it('a type that does not fit', () => {
    expect(
      refusal((b) => b.op('Exp', [b.input('labels', ['batch'], { dtype: 'int64' })])),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: Exp "exp": the operand must be float32, not int64 (given labels: int64[batch]). Cast the operand to float32."`,
    );
  });

  it('a filter for other channels', () => {
    expect(
      refusal((b) => b.op('Conv', [b.input('x', ['batch', 3, 8, 8]), b.input('w', [4, 2, 3, 3])], conv)),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: Conv "conv": the filter takes 2 channels in each of 1 groups, and x has 3 (given x: float32[batch, 3, 8, 8], w: float32[4, 2, 3, 3]). Give the filter the shape [4, 3, kh, kw]."`,
    );
  });

  it('groups that divide nothing', () => {
    expect(
      refusal((b) =>
        b.op('Conv', [b.input('x', [1, 3, 8, 8]), b.input('w', [4, 1, 3, 3])], { ...conv, group: 2 }),
      ),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: Conv "conv": 2 groups do not divide 3 input and 4 output channels (given x: float32[1, 3, 8, 8], w: float32[4, 1, 3, 3]). Use a group count that divides both."`,
    );
  });

  it('a window larger than the image', () => {
    expect(
      refusal((b) =>
        b.op('Conv', [b.input('x', [1, 1, 4, 4]), b.input('w', [1, 1, 3, 3])], {
          ...conv,
          dilations: [2, 2],
        }),
      ),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: Conv "conv": a window of 5 does not fit into 4 plus padding 0 (given x: float32[1, 1, 4, 4], w: float32[1, 1, 3, 3]). Use a smaller kernel or dilation, or pad more."`,
    );
  });

  it('a pool with windows of padding only', () => {
    expect(
      refusal((b) => b.op('MaxPool', [b.input('x', [1, 1, 4, 4])], { ...pool, pads: [2, 0, 0, 0] })),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: MaxPool "maxpool": pads [2, 0, 0, 0] reach past the kernel [2, 2]: some window would be empty (given x: float32[1, 1, 4, 4]). Pad by less than the kernel."`,
    );
  });

  it('a reshape that loses elements, or the batch', () => {
    expect(refusal((b) => b.op('Reshape', [b.input('x', [2, 3])], { shape: [4, -1] }))).toMatchInlineSnapshot(
      `"graph/invalid-node: Reshape "reshape": [2, 3] cannot become [4, -1]: 6 elements do not fill it (given x: float32[2, 3]). Keep the number of elements."`,
    );
    expect(
      refusal((b) => b.op('Reshape', [b.input('x', ['batch', 3])], { shape: [2, -1] })),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: Reshape "reshape": [batch, 3] cannot become [2, -1]: nothing says that the number of elements stays (given x: float32[batch, 3]). Keep the number of elements."`,
    );
  });

  it('matrices that do not meet', () => {
    expect(
      refusal((b) =>
        b.op('Gemm', [b.input('a', ['batch', 8]), b.input('w', [8, 10])], {
          alpha: 1,
          beta: 1,
          transA: 0,
          transB: 1,
        }),
      ),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: Gemm "gemm": A [batch, 8] times B [8, 10]: 8 meets 10 (given a: float32[batch, 8], w: float32[8, 10]). Check transA and transB."`,
    );
  });

  it('too few inputs', () => {
    expect(refusal((b) => b.op('Add', [b.input('x', [2])]))).toMatchInlineSnapshot(
      `"graph/invalid-node: Add "add": takes 2 inputs, not 1 (given x: float32[2]). Pass every input that the op takes."`,
    );
  });

  it('an axis that is not there', () => {
    expect(refusal((b) => b.op('Softmax', [b.input('x', [2, 3])], { axis: 2 }))).toMatchInlineSnapshot(
      `"graph/invalid-node: Softmax "softmax": axis 2 is outside a tensor of 2 dimensions (given x: float32[2, 3]). Use an axis from -2 to 1."`,
    );
  });

  it('a batch norm whose scale is for other channels', () => {
    expect(
      refusal((b) =>
        b.op('BatchNormTrain', [b.input('x', [2, 3]), b.input('scale', [2]), b.input('bias', [3])], {
          epsilon: 1e-5,
        }),
      ),
    ).toMatchInlineSnapshot(
      `"graph/invalid-node: BatchNormTrain "batchnormtrain": scale must be float32[3], one number a channel, not float32[2] (given x: float32[2, 3], scale: float32[2], bias: float32[3]). Give scale one number a channel."`,
    );
  });

  it('two inputs of one name', () => {
    expect(
      refusal((b) => {
        b.input('x', [1]);
        b.input('x', [2]);
      }),
    ).toMatchInlineSnapshot(
      `"graph/invalid: two inputs of the graph are named "x". Open a scope, or choose another name."`,
    );
  });
});

describe('hash-consing', () => {
  it('builds equal nodes once, whatever scope asks', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const first = b.scope('edge0', () => b.op('Relu', [x]));
    const second = b.scope('edge1', () => b.op('Relu', [x]));
    expect(second).toBe(first);
    expect(b.constant(2)).toBe(b.constant(2));
  });

  it('tells apart ops, inputs, their order and attributes', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [2, 2]), b.input('y', [2, 2])];
    const values = [
      b.op('Relu', [x]),
      b.op('Relu', [y]),
      b.op('Exp', [x]),
      b.op('Sub', [x, y]),
      b.op('Sub', [y, x]),
      b.op('Softmax', [x], { axis: 0 }),
      b.op('Softmax', [x], { axis: 1 }),
      b.constant(1),
      b.constant(2),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it('gives every value a name of its own', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', [2]), b.input('relu_1', [2])];
    const names = b.scope('', () => [
      b.op('Relu', [x]),
      b.op('Relu', [y]),
      b.scope('cell', () => b.op('Exp', [x])),
    ]);
    expect(names.map(({ name }) => name)).toEqual(['relu', 'relu_1_1', 'cell.exp']);
  });
});

describe('finish', () => {
  it('keeps what the outputs need, and nothing else', () => {
    const b = new GraphBuilder();
    const [x, unused] = [b.input('x', [2]), b.input('unused', [2])];
    b.op('Exp', [unused]);
    const y = b.op('Neg', [b.op('Relu', [x])]);
    const graph = b.finish('toy', { y });
    expect(graph.inputs.map(({ value }) => value.name)).toEqual(['x']);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Relu', 'Neg']);
  });
});

describe('shapes', () => {
  const shapeOf = (build: (b: GraphBuilder) => { readonly type: { readonly shape: unknown } }) =>
    build(new GraphBuilder()).type.shape;

  it('carry an open batch through a network', () => {
    expect(
      shapeOf((b) => {
        const image = b.op('Conv', [b.input('x', ['batch', 3, 7, 8]), b.input('w', [4, 3, 3, 3])], {
          ...conv,
          strides: [2, 2],
          pads: [1, 1, 1, 1],
        });
        const features = b.op('Flatten', [b.op('GlobalAveragePool', [image])], { axis: 1 });
        return b.op('Gemm', [features, b.input('head', [10, 4])], {
          alpha: 1,
          beta: 1,
          transA: 0,
          transB: 1,
        });
      }),
    ).toEqual(['batch', 10]);
  });

  it('round windows down', () => {
    expect(shapeOf((b) => b.op('MaxPool', [b.input('x', [1, 2, 5, 6])], pool))).toEqual([1, 2, 2, 3]);
  });

  it('of slices clamp, and go backwards', () => {
    const slice = { starts: [-1, 1], ends: [-100, 100], axes: [0, 1], steps: [-2, 3] };
    expect(shapeOf((b) => b.op('Slice', [b.input('x', [5, 8])], slice))).toEqual([3, 3]);
  });
});

it('equal constants are one node, however many numbers they hold', () => {
  const b = new GraphBuilder();
  const of = (count: number, last: number) =>
    b.constant(
      Array.from({ length: count }, (_, i) => (i === count - 1 ? last : i)),
      [count],
    );
  for (const count of [3, 100_000]) {
    expect(of(count, 7)).toBe(of(count, 7));
    expect(of(count, NaN)).toBe(of(count, NaN));
    expect(of(count, 7)).not.toBe(of(count, 8));
    expect(of(count, 0)).not.toBe(of(count, -0));
  }
  // A list whose text would be longer than any text may be.
  expect(of(2 ** 25, 1).type.shape).toEqual([2 ** 25]);
});
