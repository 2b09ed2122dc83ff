/** A node is held to the types that its op takes, in files that can be read and in others. */
import { describe, expect, it } from 'vitest';
import { faultsIn, findingsIn } from '../../../../exporters/onnx/check/check.ts';
import type {
  OnnxAttribute,
  OnnxDataType,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
} from '../../../../proto/onnx.ts';
import { floats, ints, modelOf, node } from '../models.ts';

/** Inputs `x0`, `x1` … of these types. */
const fed = (dtypes: readonly OnnxDataType[]): readonly OnnxValueInfo[] =>
  dtypes.map((dtype, i) => ({ name: `x${i}`, type: { kind: 'tensor', dtype, shape: [3] } }));

const graphOf = (
  dtypes: readonly OnnxDataType[],
  nodes: readonly OnnxNode[],
  rest: Partial<OnnxGraph> = {},
): Partial<OnnxGraph> => ({
  inputs: fed(dtypes),
  nodes,
  outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  ...rest,
});

const faultsOf = (
  dtypes: readonly OnnxDataType[],
  nodes: readonly OnnxNode[],
  rest?: Partial<OnnxModel>,
  graph?: Partial<OnnxGraph>,
): readonly string[] => faultsIn(modelOf(graphOf(dtypes, nodes, graph), rest));

const int = (name: string, value: number): OnnxAttribute => ({ name, kind: 'int', value });
/** The numbers that ONNX has for types. */
const [float32, float16, bfloat16] = [1, 10, 16];

describe('types of inputs', () => {
  it.each([
    ['Add', ['float32', 'float16'], 'its inputs A ("x0") and B ("x1") must be of one type'],
    ['Add', ['int32', 'int64'], 'and are int32 and int64'],
    ['Conv', ['float16', 'float32'], 'its inputs X ("x0") and W ("x1") must be of one type'],
    ['Clip', ['float16', 'float32'], 'its inputs input ("x0") and min ("x1") must be of one type'],
    ['Max', ['int32', 'int32', 'int64'], 'its inputs "x0" and "x2" must be of one type'],
    ['Gather', ['float32', 'uint8'], 'its input indices ("x1") is uint8, which Gather does not take'],
    ['Reshape', ['float32', 'int32'], 'its input shape ("x1") is int32, which Reshape does not take'],
    ['Erf', ['bool'], 'its input input ("x0") is bool, which Erf does not take'],
    ['Where', ['float32', 'float32', 'float32'], 'its input condition ("x0") is float32'],
  ] as const)('%s of %s', (op, dtypes, message) => {
    const faults = faultsOf(dtypes, [
      node(
        op,
        dtypes.map((_, i) => `x${i}`),
        ['y'],
      ),
    ]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it.each([
    ['Where', ['bool', 'float16', 'float16']],
    ['Pow', ['float32', 'int64']],
    ['Gather', ['uint8', 'int32']],
    ['QuantizeLinear', ['float32', 'float32', 'int8']],
    ['Clip', ['int8', 'int8', 'int8']],
  ] as const)('takes %s of %s', (op, dtypes) => {
    expect(
      faultsOf(dtypes, [
        node(
          op,
          dtypes.map((_, i) => `x${i}`),
          ['y'],
        ),
      ]),
    ).toEqual([]);
  });

  it('go by the version of the op', () => {
    const relu = [node('Relu', ['x0'], ['y'])];
    const at = (version: number, dtype: OnnxDataType) =>
      faultsOf([dtype], relu, { opsets: [{ domain: '', version }] });
    expect(at(14, 'int8')).toEqual([]);
    expect(at(13, 'int8')).toEqual([
      'Relu that makes "y": its input X ("x0") is int8, which Relu does not take',
    ]);
    expect(at(13, 'bfloat16')).toEqual([]);
    expect(at(9, 'bfloat16')).toHaveLength(1);
  });

  it('are of as many bits as what they are read as', () => {
    const read = (dtype: OnnxDataType) =>
      faultsOf([dtype], [node('BitCast', ['x0'], ['y'], [int('to', float16)])], {
        opsets: [{ domain: '', version: 26 }],
      });
    expect(read('int16')).toEqual([]);
    expect(read('int32')).toEqual(['BitCast that makes "y": it reads int32, of 32 bits, as float16, of 16']);
  });

  it('and of outputs, where the op gives none such', () => {
    const cast = [node('Cast', ['x0'], ['y'], [int('to', bfloat16)])];
    expect(faultsOf(['float32'], cast)).toEqual([]);
    expect(faultsOf(['float32'], cast, { opsets: [{ domain: '', version: 12 }] })).toEqual([
      'Cast that makes "y": its output output is bfloat16, which Cast does not give',
    ]);
  });

  it('are known of what nodes make', () => {
    const adds = (made: OnnxNode, dtype: OnnxDataType = 'float32') =>
      faultsOf(
        [dtype],
        [made, node('Add', ['made', 'w'], ['y'])],
        {},
        {
          initializers: [floats('w', [3], [1, 2, 3])],
        },
      );
    expect(adds(node('Cast', ['x0'], ['made'], [int('to', float32)]), 'int32')).toEqual([]);
    expect(adds(node('Cast', ['x0'], ['made'], [int('to', float16)]))).toHaveLength(1);
    expect(adds(node('Cast', ['x0'], ['made'], [int('to', bfloat16)]))[0]).toContain('bfloat16 and float32');
    expect(adds(node('Shape', ['x0'], ['made']))[0]).toContain('int64 and float32');
    expect(adds(node('ArgMax', ['x0'], ['made']), 'int32')[0]).toContain('int64 and float32');
    expect(adds(node('Constant', [], ['made'], [{ name: 'value_float', kind: 'float', value: 1 }]))).toEqual(
      [],
    );
    expect(adds(node('Constant', [], ['made'], [int('value_int', 1)]))).toHaveLength(1);
    expect(adds(node('ConstantOfShape', ['x0'], ['made']), 'int64')).toEqual([]);
    expect(
      adds(
        node('ConstantOfShape', ['x0'], ['made'], [{ name: 'value', kind: 'tensor', value: ints('', [1]) }]),
        'int64',
      ),
    ).toHaveLength(1);
    // What another domain's op gives is not known.
    expect(
      faultsOf(
        ['float16'],
        [node('Mystery', ['x0'], ['made'], [], { domain: 'mine' }), node('Add', ['made', 'w'], ['y'])],
        {
          opsets: [
            { domain: '', version: 17 },
            { domain: 'mine', version: 1 },
          ],
        },
        { initializers: [floats('w', [3], [1, 2, 3])] },
      ),
    ).toEqual([]);
  });

  it('are known within branches, and hidden there by what has the same name', () => {
    const then = (nodes: readonly OnnxNode[], rest: Partial<OnnxGraph> = {}) =>
      modelOf({ nodes, outputs: [{ name: 'z', type: { kind: 'unknown' } }], ...rest }).graph;
    const faults = (branch: OnnxGraph) =>
      faultsOf(
        ['bool', 'float16', 'float32'],
        [
          node(
            'If',
            ['x0'],
            ['y'],
            [
              { name: 'then_branch', kind: 'graph', value: branch },
              { name: 'else_branch', kind: 'graph', value: then([node('Identity', ['x1'], ['z'])]) },
            ],
          ),
        ],
      );
    expect(faults(then([node('Add', ['x1', 'x2'], ['z'])]))).toHaveLength(1);
    expect(faults(then([node('Add', ['x1', 'x1'], ['z'])]))).toEqual([]);
    const hidden = { initializers: [floats('x1', [3], [1, 2, 3])] };
    const sum = [node('Add', ['x1', 'x2'], ['sum']), node('Cast', ['sum'], ['z'], [int('to', float16)])];
    expect(faults(then(sum, hidden))).toEqual([]);
  });

  it('are a fault that is told once, and leaves the file to be read', () => {
    const model = modelOf(
      graphOf(
        ['float32', 'float16'],
        [node('Add', ['x0', 'x1'], ['a']), node('Mul', ['a', 'x0'], ['b']), node('Sub', ['b', 'x1'], ['y'])],
      ),
    );
    const { faults, grave } = findingsIn(model);
    // The sum may be of either type; of the product, one factor is known.
    expect(faults).toHaveLength(2);
    expect(faults[1]).toContain('Sub that makes "y"');
    expect(grave).toEqual([]);
  });
});
