/**
 * Faults that only certain whole numbers reach: the last row of a table, what is beyond the first step, the number that something
 * is compared with. Whatever is between the input and the fault, they are told; and the same without a fault agrees.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnnxFunction, OnnxModel, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import { compareSubject, otherFile } from '../../src/parity/parity.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { tries } from '../support/properties.ts';
import { subject, written } from './models.ts';

const signal = new AbortController().signal;
const order = { model: 'a.onnx', data: null, seeds: [1, 2], batches: [1, 3], climb: 0 } as const;

async function outcomeOf(first: OnnxModel, other: OnnxModel) {
  const given = await subject(first);
  const both = { ...given, other: await otherFile(given.file, await written(other)) };
  return (await compareSubject(both, order, silentReporter, signal)).outcome;
}

/** Rows of numbers that grow, the last of which may be wrong. */
function rows(count: number, isWrong: boolean): Float32Array {
  const data = Float32Array.from({ length: 2 * count }, (_, i) => 1 + i);
  if (isWrong) data.fill(0, 2 * count - 2);
  return data;
}

const ids = { name: 'n', type: { kind: 'tensor', dtype: 'int64', shape: ['N', 4] } } as const;
const to = (code: number) => [{ name: 'to', kind: 'int', value: code }] as const;
const unknown = (name: string) => ({ name, type: { kind: 'unknown' } }) as const;

function model(
  nodes: readonly OnnxNode[],
  initializers: readonly OnnxTensor[],
  rest: Partial<OnnxModel> = {},
) {
  const outputs = [{ name: 'y', type: { kind: 'tensor', dtype: 'float32' } } as const];
  return modelOf({ inputs: [ids], nodes, initializers, outputs }, rest);
}

const gather = node('Gather', ['t', 'i'], ['y']);

const lookUps: Readonly<Record<string, (count: number, isWrong: boolean) => OnnxModel>> = {
  plainly: (count, isWrong) =>
    model([node('Gather', ['t', 'n'], ['y'])], [floats('t', [count, 2], [...rows(count, isWrong)])]),
  'in a Constant': (count, isWrong) => {
    const value = floats('v', [count, 2], [...rows(count, isWrong)]);
    return model(
      [
        node('Constant', [], ['t'], [{ name: 'value', kind: 'tensor', value }]),
        node('Gather', ['t', 'n'], ['y']),
      ],
      [],
    );
  },
  'with a scale': (count, isWrong) =>
    model(
      [node('DequantizeLinear', ['q', 's'], ['t']), node('Gather', ['t', 'n'], ['y'])],
      [
        {
          name: 'q',
          dims: [count, 2],
          dtype: 'uint8',
          data: Uint8Array.from(rows(count, isWrong), (value) => value && 1 + (value % 250)),
        },
        floats('s', [], [0.5]),
      ],
    ),
  'some places on': (count, isWrong) =>
    model(
      [node('Add', ['n', 'k'], ['i']), gather],
      [ints('k', [2]), floats('t', [count, 2], [...rows(count, isWrong)])],
    ),
  'but for what pads': (count, isWrong) =>
    model(
      [node('Equal', ['n', 'pad'], ['p']), node('Where', ['p', 'zero', 'n'], ['i']), gather],
      [ints('pad', [-100]), ints('zero', [0]), floats('t', [count, 2], [...rows(count, isWrong)])],
    ),
  'within bounds': (count, isWrong) =>
    model(
      [node('Clip', ['n', 'zero', 'last'], ['i']), gather],
      [
        { ...ints('zero', [0]), dims: [] },
        { ...ints('last', [count - 1]), dims: [] },
        floats('t', [count, 2], [...rows(count, isWrong)]),
      ],
    ),
  'by several places': (count, isWrong) =>
    model(
      [node('Unsqueeze', ['n', 'end'], ['i']), node('GatherND', ['t', 'i'], ['y'])],
      [ints('end', [2]), floats('t', [count, 2], [...rows(count, isWrong)])],
    ),
  'by a comparison with all of them': (count, isWrong) =>
    model(
      [
        node('Unsqueeze', ['n', 'end'], ['u']),
        node('Equal', ['u', 'each'], ['e']),
        node('Cast', ['e'], ['f'], to(1)),
        node('MatMul', ['f', 't'], ['y']),
      ],
      [
        ints('end', [2]),
        ints(
          'each',
          Array.from({ length: count }, (_, i) => i),
        ),
        floats('t', [count, 2], [...rows(count, isWrong)]),
      ],
    ),
  'in a function': (count, isWrong) => {
    const called: OnnxFunction = {
      name: 'Rows',
      domain: 'here',
      overload: '',
      docString: '',
      inputs: ['table', 'places'],
      outputs: ['found'],
      attributes: [],
      nodes: [node('Gather', ['table', 'places'], ['found'])],
      opsets: [{ domain: '', version: 17 }],
    };
    const opsets = [
      { domain: '', version: 17 },
      { domain: 'here', version: 1 },
    ];
    return model(
      [node('Rows', ['t', 'n'], ['y'], [], { domain: 'here' })],
      [floats('t', [count, 2], [...rows(count, isWrong)])],
      { functions: [called], opsets },
    );
  },
};

describe('the last row of a table is told where it is wrong, and agrees where it is not', () => {
  it.each(Object.entries(lookUps))('looked up %s', async (_, build) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: 400 }), async (count) => {
        expect(await outcomeOf(build(count, false), build(count, true))).toBe('failed');
        expect(await outcomeOf(build(count, false), build(count, false))).toBe('passed');
      }),
      { numRuns: tries(2) },
    );
  });
});

const scalar = (name: string, dtype: 'int64' | 'int32', shape: readonly number[]) =>
  ({ name, type: { kind: 'tensor', dtype, shape } }) as const;

/** x doubled as often as is fed; wrongly from the second time on. */
function doubled(isWrong: boolean): OnnxModel {
  const body = {
    name: 'body',
    nodes: [
      node('Identity', ['go'], ['goes']),
      node('Greater', ['round', 'none'], ['later']),
      node('Where', ['later', 'factor', 'two'], ['by']),
      node('Mul', ['v', 'by'], ['w']),
    ],
    initializers: [
      { ...ints('none', [0]), dims: [] },
      floats('two', [], [2]),
      floats('factor', [], [isWrong ? 3 : 2]),
    ],
    inputs: [
      scalar('round', 'int64', []),
      { name: 'go', type: { kind: 'tensor', dtype: 'bool', shape: [] } } as const,
      floatInfo('v', [3]),
    ],
    outputs: [
      { name: 'goes', type: { kind: 'tensor', dtype: 'bool', shape: [] } } as const,
      floatInfo('w', [3]),
    ],
    valueInfo: [],
  };
  return modelOf({
    inputs: [scalar('n', 'int64', []), floatInfo('x', [3])],
    nodes: [node('Loop', ['n', '', 'x'], ['y'], [{ name: 'body', kind: 'graph', value: body }])],
    outputs: [floatInfo('y', [3])],
  });
}

const turning = (isWrong: boolean): OnnxModel =>
  modelOf({
    inputs: [floatInfo('x', [6, 2]), scalar('n', 'int64', [2])],
    nodes: [
      isWrong
        ? node('Identity', ['x'], ['y'])
        : node(
            'ReverseSequence',
            ['x', 'n'],
            ['y'],
            [
              { name: 'time_axis', kind: 'int', value: 0 },
              { name: 'batch_axis', kind: 'int', value: 1 },
            ],
          ),
      node('Identity', ['n'], ['z']),
    ],
    outputs: [floatInfo('y', [6, 2]), unknown('z')].map((each) =>
      each.name === 'z' ? scalar('z', 'int64', [2]) : each,
    ),
  });

/** Steps after the first are forgotten, or the matrix that carries them is another. */
function recurring(isWrong: boolean): OnnxModel {
  const weights = (length: number) => Array.from({ length }, (_, i) => Math.sin(1 + i) / 2);
  return modelOf({
    inputs: [floatInfo('x', ['seq', 2, 3]), scalar('lengths', 'int32', [2])],
    initializers: [
      floats('w', [1, 4, 3], weights(12)),
      floats(
        'r',
        [1, 4, 4],
        weights(16).map((value) => (isWrong ? 3 * value : value)),
      ),
    ],
    nodes: [
      node(
        'RNN',
        ['x', 'w', 'r', '', 'lengths'],
        ['y', 'last'],
        [{ name: 'hidden_size', kind: 'int', value: 4 }],
      ),
    ],
    outputs: [floatInfo('y', ['seq', 1, 2, 4]), floatInfo('last', [1, 2, 4])],
  });
}

it.each<[string, (isWrong: boolean) => OnnxModel]>([
  ['the second round of a loop', doubled],
  ['what is turned around', turning],
  ['what comes after the first step', recurring],
])('%s is reached', async (_, build) => {
  expect(await outcomeOf(build(false), build(true))).toBe('failed');
  expect(await outcomeOf(build(false), build(false))).toBe('passed');
});

it('the number from which on something else is done is told by itself', async () => {
  const beyond = (number: number) =>
    modelOf({
      inputs: [ids],
      initializers: [ints('k', [number])],
      nodes: [node('Greater', ['n', 'k'], ['g']), node('Cast', ['g'], ['y'], to(1))],
      outputs: [floatInfo('y', ['N', 4])],
    });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -9000, max: 9000 }), async (number) => {
      expect(await outcomeOf(beyond(number), beyond(number + 1))).toBe('failed');
      expect(await outcomeOf(beyond(number), beyond(number))).toBe('passed');
    }),
    { numRuns: tries(4) },
  );
});
