/** Models as other programs write them, read as graphs; and the ones that cannot be. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { print } from '../../../src/graph/print.ts';
import { verify } from '../../../src/graph/verify.ts';
import { refusal, survives } from '../../proto/refusal.ts';
import { build, layerKinds } from './networks.ts';
import { floatInfo, floats, ints, modelOf, node } from './models.ts';
import { decodeModel } from '../../../proto/onnx.ts';
import type { OnnxModel } from '../../../proto/onnx.ts';
import { tries } from '../../support/properties.ts';

const refused = (model: OnnxModel) => refusal(() => importOnnx(model, 'a.onnx'));

const unary = (one: ReturnType<typeof node>, shape: readonly (number | string)[] = [2, 3, 4, 4]) =>
  modelOf({
    nodes: [one],
    inputs: [floatInfo('x', shape)],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  });

describe('importOnnx reads', () => {
  it('nodes without names, defaults, Constant nodes, operands left out, and old lists of inputs', () => {
    const model = modelOf({
      inputs: [floatInfo('x', ['N', 2, 4, 4]), floatInfo('w', [2, 2, 1, 1])],
      initializers: [floats('w', [2, 2, 1, 1], [1, 2, 3, 4]), ints('unread', [7])],
      nodes: [
        node('Conv', ['x', 'w', ''], ['conv']),
        node('Constant', [], ['starts'], [{ name: 'value', kind: 'tensor', value: ints('', [1]) }]),
        node('Constant', [], ['ends'], [{ name: 'value_ints', kind: 'ints', value: [2n ** 63n - 1n] }]),
        node('Slice', ['conv', 'starts', 'ends'], ['cut']),
        node('Constant', [], ['half'], [{ name: 'value_float', kind: 'float', value: Math.fround(0.1) }]),
        node('Mul', ['cut', 'half'], ['scaled']),
        node('Transpose', ['scaled'], ['turned']),
        node('Softmax', ['turned'], ['y']),
      ],
      outputs: [floatInfo('y', [4, 4, 2, 'N'])],
    });
    // A slice along an open batch is not supported: the batch is known here.
    const known = { ...model, graph: { ...model.graph, inputs: [floatInfo('x', [3, 2, 4, 4])] } };
    const { graph, weights } = importOnnx(known);
    expect(print(verify(graph))).toMatchInlineSnapshot(`
      "graph g(x: float32[3, 2, 4, 4], w: float32[2, 2, 1, 1]) {
        conv = Conv(x, w, strides=[1,1], pads=[0,0,0,0], dilations=[1,1], group=1) : float32[3, 2, 4, 4]
        cut = Slice(conv, starts=[1], ends=[9007199254740991], axes=[0], steps=[1]) : float32[2, 2, 4, 4]
        half = Constant(dtype="float32", shape=[], values=[0.1]) : float32[]
        scaled = Mul(cut, half) : float32[2, 2, 4, 4]
        turned = Transpose(scaled, perm=[3,2,1,0]) : float32[4, 4, 2, 2]
        y = Softmax(turned, axis=-1) : float32[4, 4, 2, 2]
        return y = y
      }
      "
    `);
    expect([...weights.keys()]).toEqual(['w']);
    expect(graph.inputs.map(({ role }) => role)).toEqual(['data', 'weight']);
  });

  it('the forms of later operator sets', () => {
    const model = modelOf(
      {
        inputs: [floatInfo('x', [5, 4])],
        initializers: [ints('one', [1]), ints('pads', [1, 2]), ints('axes', [-1])],
        nodes: [
          node('ReduceMean', ['x', 'one'], ['mean'], [{ name: 'keepdims', kind: 'int', value: 0 }]),
          node('Split', ['x'], ['a', 'b', 'c'], [{ name: 'num_outputs', kind: 'int', value: 3 }]),
          node('Pad', ['b', 'pads', '', 'axes'], ['padded']),
          node('ReduceSum', ['c'], ['sum']),
        ],
        outputs: ['mean', 'a', 'padded', 'sum'].map((name) => ({ name, type: { kind: 'unknown' } })),
      },
      { opsets: [{ domain: '', version: 21 }] },
    );
    expect(print(verify(importOnnx(model).graph))).toMatchInlineSnapshot(`
      "graph g(x: float32[5, 4]) {
        mean = ReduceMean(x, axes=[1], keepdims=0) : float32[5]
        a, b, c = Split(x, axis=0, split=[2,2,1]) : float32[2, 4], float32[2, 4], float32[1, 4]
        padded = Pad(b, pads=[0,1,0,2], value=0) : float32[2, 7]
        sum = ReduceSum(c, axes=[0,1], keepdims=1) : float32[1, 1]
        return mean = mean, a = a, padded = padded, sum = sum
      }
      "
    `);
  });

  it('extents that nothing is known of, each as its own', () => {
    const model = modelOf({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [floatInfo('x', [undefined, 3, undefined])],
      outputs: [floatInfo('y', [undefined, 3, 'anything'])],
    });
    expect(print(importOnnx(model).graph)).toContain('x: float32[x.0, 3, x.2]');
  });

  it('an initializer that is an operand and a tensor too', () => {
    const model = modelOf({
      initializers: [ints('shape', [1, 2])],
      nodes: [
        node('Reshape', ['x', 'shape'], ['y']),
        node('Cast', ['shape'], ['z'], [{ name: 'to', kind: 'int', value: 1 }]),
      ],
      inputs: [floatInfo('x', [2])],
      outputs: [floatInfo('y', [1, 2]), floatInfo('z', [2])],
    });
    const { graph, weights } = importOnnx(model);
    expect(print(verify(graph))).toMatchInlineSnapshot(`
      "graph g(x: float32[2], shape: int64[2]) {
        y = Reshape(x, shape=[1,2]) : float32[1, 2]
        z = Cast(shape, to="float32") : float32[2]
        return y = y, z = z
      }
      "
    `);
    expect(weights.get('shape')).toEqual({ dtype: 'int64', shape: [2], data: Int32Array.of(1, 2) });
  });
});

describe('importOnnx refuses', () => {
  it('all that it cannot read, at once', () => {
    const model = modelOf(
      {
        inputs: [
          floatInfo('x', [1, 2, 4, 4]),
          { name: 'h', type: { kind: 'tensor', dtype: 'int64', shape: [1] } },
          { name: 'z', type: { kind: 'tensor', dtype: 'complex64', shape: [1] } },
          { name: 's', type: { kind: 'tensor', dtype: 'float32' } },
        ],
        initializers: [{ name: 'd', dims: [1], dtype: 'complex64', data: Float32Array.of(1, 0) }],
        nodes: [
          node('OptionalGetElement', ['x'], ['a'], [], { name: 'act' }),
          node('OptionalGetElement', ['x'], ['aa'], [], { name: 'act2' }),
          node('OptionalGetElement', ['x'], ['aaa'], [], { name: 'act3' }),
          node('Telepathy', ['x'], ['b'], [], { name: 'attention', domain: 'com.microsoft' }),
          node('Relu', ['a'], ['after']),
          node(
            'AveragePool',
            ['x'],
            ['c'],
            [
              { name: 'kernel_shape', kind: 'ints', value: [3, 3] },
              { name: 'strides', kind: 'ints', value: [1] },
            ],
          ),
          node(
            'MaxPool',
            ['x'],
            ['e', 'at'],
            [
              { name: 'kernel_shape', kind: 'ints', value: [2, 2] },
              { name: 'dilations', kind: 'ints', value: [2, 2] },
            ],
          ),
          node('Reshape', ['x', 'h'], ['f']),
          node('Transpose', ['x'], ['g'], [{ name: 'perm', kind: 'ints', value: [0, 0, 1, 2] }], {
            name: 'turn',
          }),
          node('Add', ['x', 'd'], ['i']),
        ],
        outputs: [floatInfo('x', [1, 2, 9, 4])],
      },
      {
        opsets: [
          { domain: '', version: 17 },
          { domain: 'com.microsoft', version: 1 },
        ],
      },
    );
    const error = refused(model);
    expect(error.message).toMatchInlineSnapshot(`
      "a.onnx cannot be read as a graph: 10 problems
        - input "z" is complex64; tensors of float32, float64, float16, bfloat16, float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0, float4e2m1, int64, int32, int16, int8, uint8, uint16, uint32, uint64, int4, uint4, int2, uint2, bool are supported
        - input "s" has no shape
        - OptionalGetElement "act" and 2 more of its kind: there is no op OptionalGetElement here
        - Telepathy "attention": there is no op Telepathy of the operator set "com.microsoft" here
        - AveragePool that makes "c": its strides [1] must be 2 numbers
        - MaxPool that makes "e" gives positions, of a window that is not plain
        - Reshape that makes "f" computes its shape ("h"), which must be constant
        - Transpose "turn": its perm [0, 0, 1, 2] is no order of 4 axes
        - Add that makes "i" reads "d", which is of type complex64, which cannot be read
        - "x" is said to be float32[1, 2, 9, 4], and its node gives float32[1, 2, 4, 4]"
    `);
    expect(error.code).toBe('onnx/unsupported');
    expect(error.help).toContain('onnxruntime');
  });

  it('ops that give as many values as the numbers in them say', () => {
    const x = floatInfo('x', [1, 4, 4]);
    for (const [op, inputs] of [
      ['NonMaxSuppression', ['x', 'x']],
      ['NonZero', ['x']],
      ['Unique', ['x']],
    ] as const) {
      const { message } = refused(modelOf({ inputs: [x], nodes: [node(op, inputs, ['y'])], outputs: [] }));
      expect(message).toContain(`${op} that makes "y" gives as many values as the numbers in it say`);
    }
  });

  it.each([
    [
      'an operand left out that has no default',
      node('Split', ['x'], ['y', 'z'], [{ name: 'axis', kind: 'int', value: 9 }]),
    ],
    ['training, which draws random numbers', node('Dropout', ['x', '', 't'], ['y'])],
  ])('%s', (_, one) => {
    const model = unary(one);
    const truth = { name: 't', dtype: 'bool', dims: [], data: Uint8Array.of(1) } as const;
    const graph = {
      ...model.graph,
      initializers: [ints('p', [0, 0, 1, 0, 0, 0, 0, 0]), floats('v', [3], [1, 1, 1]), truth],
    };
    expect(refused({ ...model, graph }).code).toBe('onnx/unsupported');
  });

  it('an opset whose ops mean something else', () => {
    const model = unary(node('Relu', ['x'], ['y']));
    expect(refused({ ...model, opsets: [{ domain: '', version: 29 }] }).message).toMatchInlineSnapshot(
      `"a.onnx is written against opset 29; 1 to 28 are supported"`,
    );
  });

  it('a model that breaks the rules, before reading it', () => {
    const error = refused(unary(node('Relu', ['nowhere'], ['y'])));
    expect(error.code).toBe('onnx/invalid');
    expect(error.message).toMatchInlineSnapshot(
      `"a.onnx breaks the rules of ONNX: Relu that makes "y" uses "nowhere", which nothing makes"`,
    );
  });
});

it('a damaged file gives a graph or a NascentError', () => {
  const bytes = exportOnnx(
    build({ layers: [...layerKinds], channels: 1, size: 6, classes: 1, seed: 1 }).graph,
  );
  const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const damaged = Uint8Array.from(bytes);
      for (const { at, to } of changes) damaged[at] = to;
      survives(() => importOnnx(decodeModel(damaged)));
    }),
    {
      numRuns: tries(500),
      // A Pad by more than an array holds.
      examples: [
        [
          [
            { at: 1689, to: 0 },
            { at: 2929, to: 1 },
          ],
        ],
      ],
    },
  );
});
