/** Ops that move elements, and what is known of shapes that are open. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../../exporters/onnx/import.ts';
import type { OnnxNode } from '../../../../proto/onnx.ts';
import { print } from '../../../../src/graph/print.ts';
import { verify } from '../../../../src/graph/verify.ts';
import { floatInfo, floats, ints, modelOf, node } from '../models.ts';
import { f, i, outputOf, type OneNode } from './lowered.ts';

const table = f([2, 3], [1, 2, 3, 4, 5, 6]);

describe('moved as ONNX says', () => {
  it('Reshape, 0 copying or being 0', async () => {
    const copied = await outputOf({ op: 'Reshape', inputs: [table, i(0, -1, 1)], constant: [1] });
    expect(copied.shape).toEqual([2, 3, 1]);
    const empty = f([0, 3], []);
    const zero = {
      op: 'Reshape',
      inputs: [empty, i(3, 0)],
      constant: [1],
      attributes: { allowzero: 1 },
    } as const;
    expect((await outputOf(zero)).shape).toEqual([3, 0]);
    const alone = {
      op: 'Reshape',
      inputs: [table, i(3, 2)],
      constant: [1],
      attributes: { allowzero: 1 },
    } as const;
    expect((await outputOf(alone)).shape).toEqual([3, 2]);
  });

  it('Expand of what has more than the shape says', async () => {
    const x = f([2, 1, 2], [1, 2, 3, 4]);
    const y = await outputOf({
      op: 'Expand',
      inputs: [x, i(1, 3, 1)],
      constant: [1],
      open: { 0: ['b', 1, 2] },
    });
    expect(y.shape).toEqual([2, 3, 2]);
  });

  it.each<OneNode>([
    { op: 'Pad', inputs: [f([3], [1, 2, 3]), i(0, 2 ** 40)], constant: [1], attributes: { mode: 'edge' } },
    { op: 'Range', inputs: [0, 2 ** 40, 1].map((bound) => ({ ...i(bound), dims: [] })), constant: [0, 1, 2] },
    { op: 'Resize', inputs: [f([1], [1]), undefined, undefined, i(2 ** 40)], constant: [3] },
  ])('$op to more than memory holds is refused', async (one) => {
    await expect(outputOf(one)).rejects.toThrow(/asks for 10995116\d+ values; 67108864 are supported/);
  });

  it('Pad that reflects, repeats the edge, and cuts off', async () => {
    const row = f([3], [1, 2, 3]);
    const mode = (mode: string) =>
      outputOf({ op: 'Pad', inputs: [row, i(2, 1)], constant: [1], attributes: { mode } });
    expect((await mode('reflect')).data).toEqual([3, 2, 1, 2, 3, 2]);
    expect((await mode('edge')).data).toEqual([1, 1, 1, 2, 3, 3]);
    expect((await outputOf({ op: 'Pad', inputs: [row, i(-1, 1)], constant: [1] })).data).toEqual([2, 3, 0]);
    const older = { op: 'Pad', opset: 10, inputs: [row], attributes: { pads: [0, 1], value: 0.5 } } as const;
    expect((await outputOf(older)).data).toEqual([1, 2, 3, 0.5]);
  });

  it('CenterCropPad of even and odd extents, cut and padded at once', async () => {
    const cut = { op: 'CenterCropPad', opset: 18, inputs: [table, i(4, 2)], constant: [1] } as const;
    expect(await outputOf(cut)).toMatchObject({ shape: [4, 2], data: [0, 0, 1, 2, 4, 5, 0, 0] });
    const one = { ...cut, inputs: [table, i(6)], attributes: { axes: [-1] } };
    expect((await outputOf(one)).data).toEqual([0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0]);
  });

  it('EyeLike of its own type, or of that of its input', async () => {
    const eye = { op: 'EyeLike', inputs: [table] } as const;
    expect(await outputOf(eye)).toMatchObject({ dtype: 'float32', data: [1, 0, 0, 0, 1, 0] });
    const whole = { ...eye, attributes: { dtype: 6, k: 1 } };
    expect(await outputOf(whole)).toMatchObject({ dtype: 'int32', data: [0, 1, 0, 0, 0, 1] });
  });

  it('Tile, Trilu, DepthToSpace, OneHot along another axis, a negative Gather', async () => {
    expect((await outputOf({ op: 'Tile', inputs: [table, i(1, 2)], constant: [1] })).data).toEqual([
      1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
    ]);
    expect((await outputOf({ op: 'Trilu', inputs: [table] })).data).toEqual([1, 2, 3, 0, 5, 6]);
    const deep = f([1, 4, 1, 1], [1, 2, 3, 4]);
    expect(await outputOf({ op: 'DepthToSpace', inputs: [deep], attributes: { blocksize: 2 } })).toEqual({
      dtype: 'float32',
      shape: [1, 1, 2, 2],
      data: [1, 2, 3, 4],
    });
    const hot = {
      op: 'OneHot',
      inputs: [i(1, -1), i(3), f([2], [2, 5])],
      constant: [1, 2],
      attributes: { axis: 0 },
    } as const;
    expect(await outputOf(hot)).toEqual({ dtype: 'float32', shape: [3, 2], data: [2, 2, 5, 2, 2, 5] });
    expect((await outputOf({ op: 'Gather', inputs: [table, i(-1)], constant: [1] })).data).toEqual([4, 5, 6]);
  });

  it('SpaceToDepth takes places before channels, or channels before places', async () => {
    const x = f(
      [1, 2, 2, 4],
      Array.from({ length: 16 }, (_, k) => k),
    );
    const apart = async (mode: string) =>
      outputOf({ op: 'SpaceToDepth', opset: 28, inputs: [x], attributes: { blocksize: 2, mode } });
    expect(await apart('DCR')).toMatchObject({
      shape: [1, 8, 1, 2],
      data: [0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15],
    });
    expect((await apart('CRD')).data).toEqual([0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]);
  });

  it('older operator sets, whose operands are attributes', async () => {
    const slice = {
      op: 'Slice',
      opset: 9,
      inputs: [table],
      attributes: { starts: [1], ends: [3], axes: [1] },
    } as const;
    expect((await outputOf(slice)).data).toEqual([2, 3, 5, 6]);
    const squeezed = {
      op: 'Squeeze',
      opset: 11,
      inputs: [f([1, 2], [1, 2])],
      attributes: { axes: [0] },
    } as const;
    expect((await outputOf(squeezed)).shape).toEqual([2]);
    const mean = {
      op: 'ReduceMean',
      opset: 11,
      inputs: [table],
      attributes: { axes: [1], keepdims: 0 },
    } as const;
    expect((await outputOf(mean)).data).toEqual([2, 5]);
  });
});

describe('what hangs on an open extent', () => {
  const read = (
    nodes: readonly OnnxNode[],
    shape: readonly (string | number)[],
    initializers = [ints('zero', [0])],
  ) => {
    const model = modelOf({
      inputs: [floatInfo('x', shape)],
      initializers,
      nodes,
      outputs: [{ name: 'y', type: { kind: 'unknown' } }],
    });
    return print(verify(importOnnx(model).graph));
  };

  it('is an operand: Shape → Gather → Concat → Reshape', () => {
    const nodes = [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['batch']),
      node('Concat', ['batch', 'rest'], ['target'], [{ name: 'axis', kind: 'int', value: 0 }]),
      node('Reshape', ['x', 'target'], ['y']),
    ];
    expect(read(nodes, ['batch', 192, 1, 1], [ints('zero', [0]), ints('rest', [-1])])).toMatchInlineSnapshot(`
      "graph g(x: float32[batch, 192, 1, 1]) {
        y = Reshape(x, shape=[0,-1]) : float32[batch, 192]
        return y = y
      }
      "
    `);
  });

  it('is an expression where an axis is padded, cut and merged', () => {
    const nodes = [
      node('Pad', ['x', 'pads'], ['wide']),
      node('Slice', ['wide', 'one', 'end', 'one'], ['cut']),
      node('Reshape', ['cut', 'flat'], ['y']),
    ];
    const operands = [
      ints('pads', [0, 1, 0, 2]),
      ints('one', [1]),
      ints('end', [2 ** 40]),
      ints('flat', [-1]),
    ];
    expect(read(nodes, ['n', 'length'], operands)).toMatchInlineSnapshot(`
      "graph g(x: float32[n, length]) {
        wide = Pad(x, pads=[0,1,0,2], value=0) : float32[n, length+3]
        cut = Slice(wide, starts=[1], ends=[1099511627776], axes=[1], steps=[1]) : float32[n, length+2]
        y = Reshape(cut, shape=[-1]) : float32[length*n+2*n]
        return y = y
      }
      "
    `);
  });

  it('is one extent with another that it meets', () => {
    const model = modelOf({
      inputs: [floatInfo('a', ['n', 3]), floatInfo('b', ['m', 3]), floatInfo('c', ['k', 3])],
      nodes: [node('Add', ['a', 'b'], ['sum']), node('Mul', ['sum', 'c'], ['y'])],
      outputs: [floatInfo('y', ['n', 3])],
    });
    expect(print(verify(importOnnx(model).graph))).toMatchInlineSnapshot(`
      "graph g(a: float32[n, 3], b: float32[n, 3], c: float32[n, 3]) {
        sum = Add(a, b) : float32[n, 3]
        y = Mul(sum, c) : float32[n, 3]
        return y = y
      }
      "
    `);
  });

  it('is a number where the caller says so', () => {
    const model = modelOf({
      inputs: [floatInfo('x', ['n', 3])],
      nodes: [node('Relu', ['x'], ['y'])],
      outputs: [floatInfo('y', ['n', 3])],
    });
    expect(print(importOnnx(model, 'it', { extents: { n: 7 } }).graph)).toContain('x: float32[7, 3]');
  });

  it('is counted where a tensor is asked for', async () => {
    const one = { op: 'Shape', inputs: [table], open: { 0: ['n', 3] } } as const;
    expect(await outputOf(one)).toEqual({ dtype: 'int64', shape: [2], data: [2, 3] });
  });
});

it('an operand that follows from feeds is read for these', () => {
  const model = modelOf({
    inputs: [floatInfo('x', [2, 3]), { name: 'axes', type: { kind: 'tensor', dtype: 'int64', shape: [1] } }],
    nodes: [node('ReduceSum', ['x', 'axes'], ['y'])],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
    initializers: [floats('unused', [1], [0])],
  });
  expect(() => importOnnx(model)).toThrow('computes its axes ("axes"), which must be constant');
  const feeds = new Map([['axes', { dtype: 'int64', shape: [1], data: Int32Array.of(1) } as const]]);
  expect(print(importOnnx(model, 'it', { feeds }).graph)).toContain(
    'ReduceSum(x, axes=[1], keepdims=1) : float32[2, 1]',
  );
});

describe('operands that are computed from constants', () => {
  const reshaped = (
    nodes: readonly OnnxNode[],
    initializers: Parameters<typeof modelOf>[0]['initializers'] = [],
  ) =>
    importOnnx(
      modelOf({
        inputs: [floatInfo('x', [1, 16, 3])],
        outputs: [floatInfo('y', [undefined, undefined])],
        initializers,
        nodes: [...nodes, node('Reshape', ['x', 'shape'], ['y'])],
      }),
    ).graph.outputs[0]?.value.type.shape;
  const to = (name: string, value: number) => [{ kind: 'int', name, value: BigInt(value) } as const];

  it('a root by Pow, as exporters have the side of a square of patches', () => {
    const side = [
      node('Pow', ['n', 'half'], ['side']),
      node('Cast', ['side'], ['whole'], to('to', 7)),
      node('Concat', ['whole', 'rest'], ['shape'], to('axis', 0)),
    ];
    const held = [floats('n', [1], [16]), floats('half', [1], [0.5]), ints('rest', [-1])];
    expect(reshaped(side, held)).toEqual([4, 12]);
  });

  it("Clip, as TensorFlow's padding is written: at least 0, or between two", () => {
    const clipped = (bounds: readonly string[]) => [
      node('Clip', ['n', ...bounds], ['least']),
      node('Concat', ['least', 'rest'], ['shape'], to('axis', 0)),
    ];
    const held = [
      ints('n', [-7]),
      ints('rest', [-1]),
      ...[4, 2].map((one) => ({ ...ints(`is${one}`, [one]), dims: [] })),
    ];
    expect(reshaped(clipped(['is4']), held)).toEqual([4, 12]);
    expect(reshaped(clipped(['is2', 'is4']), held)).toEqual([2, 24]);
    const large = held.map((one) => (one.name === 'n' ? ints('n', [9]) : one));
    expect(reshaped(clipped(['', 'is4']), large)).toEqual([4, 12]);
  });

  it('Exp, Log, Reciprocal and Sign of numbers', () => {
    // e^(ln 8) · 1/2 · sign 5 is 4, but for a rounding that the cast would cut off.
    const made = [
      node('Log', ['n'], ['log']),
      node('Exp', ['log'], ['again']),
      node('Reciprocal', ['two'], ['half']),
      node('Mul', ['again', 'half'], ['four']),
      node('Sign', ['five'], ['one']),
      node('Mul', ['four', 'one'], ['product']),
      node('Add', ['product', 'tenth'], ['more']),
      node('Cast', ['more'], ['whole'], to('to', 7)),
      node('Concat', ['whole', 'rest'], ['shape'], to('axis', 0)),
    ];
    const held = [
      floats('n', [1], [8]),
      floats('two', [1], [2]),
      floats('five', [1], [5]),
      floats('tenth', [1], [0.1]),
      ints('rest', [-1]),
    ];
    expect(reshaped(made, held)).toEqual([4, 12]);
  });

  it('Tile, and NonZero, whose number of places follows from what is known', () => {
    const tiled = [node('Tile', ['four', 'twice'], ['shape'])];
    expect(
      importOnnx(
        modelOf({
          inputs: [floatInfo('x', [1, 16, 4])],
          outputs: [floatInfo('y', [undefined, undefined, undefined])],
          initializers: [ints('four', [4]), ints('twice', [3])],
          nodes: [...tiled, node('Reshape', ['x', 'shape'], ['y'])],
        }),
      ).graph.outputs[0]?.value.type.shape,
    ).toEqual([4, 4, 4]);
    // [[0, 5, 0], [7, 0, 9]] holds something at (0, 1), (1, 0) and (1, 2).
    const { graph } = importOnnx(
      modelOf({
        inputs: [floatInfo('x', [2, 3])],
        outputs: [{ name: 'y', type: { kind: 'tensor', dtype: 'int64', shape: [2, 3] } }],
        initializers: [{ ...ints('mask', [0, 5, 0, 7, 0, 9]), dims: [2, 3] }],
        nodes: [node('NonZero', ['mask'], ['y'])],
      }),
    );
    expect(print(graph)).toContain('values=[0,1,1,1,0,2]');
  });
});
