/** Types are followed through calls of functions, and attributes are held to what a function does with them. */
import { describe, expect, it } from 'vitest';
import { faultsIn, findingsIn } from '../../../../exporters/onnx/check/check.ts';
import type {
  OnnxAttribute,
  OnnxDataType,
  OnnxFunction,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
} from '../../../../proto/onnx.ts';
import { expectRefused } from '../loading.ts';
import { floatInfo, modelOf, node } from '../models.ts';

const own = { domain: 'mine' };
const float16 = 10;

const define = (nodes: readonly OnnxNode[], rest: Partial<OnnxFunction> = {}): OnnxFunction => ({
  name: 'F',
  domain: 'mine',
  inputs: ['a'],
  outputs: ['b'],
  attributes: [],
  nodes,
  opsets: [
    { domain: '', version: 17 },
    { domain: 'mine', version: 1 },
  ],
  ...rest,
});

const info = (name: string, dtype: OnnxDataType): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype },
});

const calling = (
  functions: readonly OnnxFunction[],
  nodes: readonly OnnxNode[],
  y: OnnxDataType = 'float32',
): OnnxModel =>
  modelOf(
    { inputs: [floatInfo('x', [2, 3])], nodes, outputs: [info('y', y)] },
    {
      opsets: [
        { domain: '', version: 17 },
        { domain: 'mine', version: 1 },
      ],
      functions,
    },
  );
const call = (...attributes: OnnxAttribute[]): OnnxNode => node('F', ['x'], ['y'], attributes, own);

const standsFor = (name: string, refersTo: string, refersToKind: 'int' | 'float'): OnnxAttribute => ({
  name,
  kind: 'reference',
  refersTo,
  refersToKind,
});
const leaky = define([node('LeakyRelu', ['a'], ['b'], [standsFor('alpha', 'alpha', 'float')])], {
  attributes: ['alpha'],
});
const casts = define([node('Cast', ['a'], ['b'], [standsFor('to', 'code', 'int')])], {
  attributes: ['code'],
});
const relus = define([node('Relu', ['a'], ['b'])]);

describe('a call', () => {
  it.each<[string, OnnxModel, string | undefined]>([
    ['of a function that takes it', calling([relus], [call()]), undefined],
    [
      'of one whose op does not take its type',
      calling([define([node('Not', ['a'], ['b'])])], [call()], 'bool'),
      'Not that makes "b": its input X ("a") is float32, which Not does not take',
    ],
    [
      'of one that gives another type than is said',
      calling([relus], [call()], 'int64'),
      '"y" is said to be a tensor of int64, and its node gives float32',
    ],
    [
      'of one through which a type is followed',
      calling([relus], [node('F', ['x'], ['t'], [], own), node('Not', ['t'], ['y'])], 'bool'),
      'Not that makes "y": its input X ("t") is float32, which Not does not take',
    ],
    [
      'of one that calls one',
      calling(
        [define([node('G', ['a'], ['b'], [], own)]), define([node('Not', ['a'], ['b'])], { name: 'G' })],
        [call()],
        'bool',
      ),
      'Not that makes "b": its input X ("a") is float32, which Not does not take',
    ],
    [
      'that says which type is given',
      calling([casts], [call({ name: 'code', kind: 'int', value: float16 })], 'float16'),
      undefined,
    ],
    [
      'that says another type than the file',
      calling([casts], [call({ name: 'code', kind: 'int', value: float16 })], 'float32'),
      '"y" is said to be a tensor of float32, and its node gives float16',
    ],
    ['with an attribute', calling([leaky], [call({ name: 'alpha', kind: 'float', value: 0.5 })]), undefined],
    ['without it', calling([leaky], [call()]), undefined],
    [
      'with an attribute of another kind',
      calling([leaky], [call({ name: 'alpha', kind: 'ints', value: [1, 2] })]),
      'F that makes "y": attribute "alpha" is of kind ints, not float',
    ],
  ])('%s', async (_, model, fault) => {
    const faults = faultsIn(model);
    expect(faults).toEqual(fault === undefined ? [] : [fault]);
    await expectRefused(model, faults);
  });

  it('with an attribute that the function lacks is warned of: whoever runs it takes it', async () => {
    const model = calling([relus], [call({ name: 'beta', kind: 'float', value: 1 })]);
    const { faults, warnings } = findingsIn(model);
    expect(faults).toEqual([]);
    expect(warnings).toEqual([
      'F that makes "y": function "mine.F" has no attribute "beta", and whoever runs it ignores it',
    ]);
    await expectRefused(model, faults);
  });

  it('with a kind that is not that of the default', () => {
    const withDefault = define(relus.nodes, { defaults: [{ name: 'beta', kind: 'float', value: 1 }] });
    const faults = (given: OnnxAttribute) => faultsIn(calling([withDefault], [call(given)]));
    expect(faults({ name: 'beta', kind: 'float', value: 2 })).toEqual([]);
    expect(faults({ name: 'beta', kind: 'int', value: 2 })).toEqual([
      'F that makes "y": attribute "beta" is of kind int, not float',
    ]);
  });

  it('is followed for each type that it gives, and a fault of several calls is told once', () => {
    const twice = calling(
      [define([node('Not', ['a'], ['n']), node('Identity', ['a'], ['b'])])],
      [
        node('Cast', ['x'], ['c'], [{ name: 'to', kind: 'int', value: 9 }]),
        node('F', ['c'], ['of bool'], [], own),
        node('F', ['x'], ['p'], [], own),
        node('F', ['x'], ['q'], [{ name: 'beta', kind: 'int', value: 1 }], own),
        node('And', ['of bool', 'p'], ['y']),
      ],
      'bool',
    );
    expect(faultsIn(twice)).toEqual([
      'Not that makes "n": its input X ("a") is float32, which Not does not take',
      'And that makes "y": its input B ("p") is float32, which And does not take',
    ]);
  });

  it('is followed as far as a file goes that is made to take for ever', () => {
    const chain = Array.from({ length: 3000 }, (_, i) =>
      define(
        [0, 1].map((k) =>
          i === 2999
            ? node('Relu', ['a'], [k === 0 ? 't' : 'b'])
            : node(`F${i + 1}`, [k === 0 ? 'a' : 't'], [k === 0 ? 't' : 'b'], [], own),
        ),
        { name: i === 0 ? 'F' : `F${i}` },
      ),
    );
    expect(faultsIn(calling(chain, [call()]))).toEqual([]);
    const inCircle = define([node('F', ['a'], ['b'], [], own)]);
    expect(faultsIn(calling([inCircle], [call()]))).toEqual(['function "mine.F" calls itself']);
  });
});
