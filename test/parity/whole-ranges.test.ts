/** Which whole numbers an input is fed hangs on what reads it. */
import { describe, expect, it } from 'vitest';
import type { OnnxNode, OnnxNumericType, OnnxTensor } from '../../proto/onnx.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { fedInputs } from '../../src/parity/fed-inputs.ts';
import { compareSubject, otherFile } from '../../src/parity/parity.ts';
import { seededCases } from '../../src/parity/seeded-inputs.ts';
import { floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { subject, written } from './models.ts';

const to = (code: number) => [{ name: 'to', kind: 'int', value: code }] as const;

function reading(nodes: readonly OnnxNode[], dtype: OnnxNumericType = 'int32', name = 'n') {
  return modelOf({
    inputs: [{ name, type: { kind: 'tensor', dtype, shape: ['batch', 4] } }],
    initializers: [
      ints('two', [2]),
      ints('zero', [0]),
      ints('none', [0]),
      ints('nine', [9]),
      ints('hundred', [100]),
      ints('far', [4]),
      ints('row', [3, 5, 7]),
      floats('half', [], [0.5]),
      floats(
        'steps',
        [6, 2, 1],
        Array.from({ length: 12 }, () => 1),
      ),
      floats(
        'table',
        [9, 2],
        Array.from({ length: 18 }, () => 1),
      ),
    ],
    nodes,
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  });
}

function rangeOf(nodes: readonly OnnxNode[], dtype?: OnnxNumericType, name?: string) {
  const [input] = fedInputs(reading(nodes, dtype, name));
  if (input === undefined) throw new Error('there is no input');
  const { from, below, hasZero, extremes } = input.whole(new Map([[name ?? 'n', [1, 4]]]));
  return [from, below, hasZero, ...extremes];
}

function wholeOf(nodes: readonly OnnxNode[]) {
  const whole = fedInputs(reading(nodes))[0]?.whole(new Map([['n', [1, 4]]]));
  if (whole === undefined) throw new Error('there is no input');
  return whole;
}

function constant(name: string, value: OnnxTensor): OnnxNode {
  return node('Constant', [], [name], [{ name: 'value', kind: 'tensor', value }]);
}

const gatherOf = (rows: string): OnnxNode => node('Gather', [rows, 'i'], ['y']);

const computed = [-100, 101, true, -32_768, 32_768];

describe('what is computed with is of both signs and goes far', () => {
  it.each<[string, readonly OnnxNode[]]>([
    ['a square', [node('Mul', ['n', 'n'], ['y'])]],
    ['a fraction of it', [node('Cast', ['n'], ['f'], to(1)), node('Sin', ['f'], ['y'])]],
    ['what is passed on', [node('Flatten', ['n'], ['a']), node('Abs', ['a'], ['y'])]],
    ['rows that others choose', [node('Gather', ['n', 'two'], ['y'])]],
  ])('%s', (_, nodes) => expect(rangeOf(nodes)).toEqual(computed));

  it.each<[OnnxNumericType, readonly unknown[]]>([
    ['int8', [-128, 128, true, -128, 127]],
    ['uint8', [0, 256, true, 0, 255]],
    ['uint16', [0, 101, true, 0, 65_535]],
    ['int64', computed],
  ])('within %s', (dtype, range) => expect(rangeOf([node('Mul', ['n', 'n'], ['y'])], dtype)).toEqual(range));

  it('but for 0 where something is divided by it', () => {
    expect(rangeOf([node('Div', ['n', 'two'], ['y'])])).toEqual(computed);
    const divisor = [node('Abs', ['n'], ['a']), node('Mod', ['two', 'a'], ['y'])];
    expect(rangeOf(divisor)).toEqual(computed.with(2, false));
    const cases = seededCases(fedInputs(reading(divisor)), { seeds: [1, 2, 3], batches: [50], extents: {} });
    for (const { feeds } of cases) expect(Array.from(feeds.get('n')?.data ?? [])).not.toContain(0);
  });
});

describe('what may be an index of nobody knows what, or says whether, is counted from 0', () => {
  const bits = [0, 2, true, 0, 1];
  it.each<[string, readonly OnnxNode[], readonly unknown[]]>([
    ['places in what is computed', [node('Gather', ['h', 'n'], ['y'])], bits],
    ['sums of them', [node('Add', ['n', 'two'], ['a']), node('Gather', ['h', 'a'], ['y'])], bits],
    ['a mask', [node('Cast', ['n'], ['y'], to(9))], bits],
    ['a shape', [node('Reshape', ['table', 'n'], ['y'])], bits],
    ['an op of others', [node('Op', ['n'], ['y'], [], { domain: 'com.microsoft' })], bits],
  ])('%s', (_, nodes, range) => expect(rangeOf(nodes)).toEqual(range));

  it('as is what is called a mask', () => {
    expect(rangeOf([node('Mul', ['attention_mask', 'two'], ['y'])], 'int64', 'attention_mask')).toEqual(bits);
  });
});

const axis = (value: number) => [{ name: 'axis', kind: 'int', value }] as const;
const table = floats(
  'rows',
  [9, 2],
  Array.from({ length: 18 }, (_, i) => i),
);
const nine = [0, 9, true, 0, 8];

describe('what is looked up is all that a table has', () => {
  it.each<[string, readonly OnnxNode[], readonly unknown[]]>([
    ['of the file', [node('Gather', ['table', 'n'], ['y'])], nine],
    ['that is a Constant', [constant('rows', table), node('Gather', ['rows', 'n'], ['y'])], nine],
    ['of float16', [node('Cast', ['table'], ['rows'], to(10)), node('Gather', ['rows', 'n'], ['y'])], nine],
    [
      'of eight bits',
      [node('DequantizeLinear', ['table', 'two'], ['rows']), node('Gather', ['rows', 'n'], ['y'])],
      nine,
    ],
    [
      'that is turned',
      [node('Transpose', ['table'], ['rows']), node('Gather', ['rows', 'n'], ['y'], axis(1))],
      nine,
    ],
    ['of elements', [node('GatherElements', ['table', 'n'], ['y'], axis(1))], [0, 2, true, 0, 1]],
    [
      'by several places at once',
      [node('Unsqueeze', ['n', 'two'], ['i']), node('GatherND', ['table', 'i'], ['y'])],
      nine,
    ],
    ['where something is written', [node('ScatterElements', ['table', 'n', 'u'], ['y'])], nine],
    ['two places on', [node('Add', ['n', 'two'], ['i']), gatherOf('table')], [-2, 7, true, -2, 6]],
    ['two places before', [node('Sub', ['n', 'two'], ['i']), gatherOf('table')], [2, 11, true, 2, 10]],
    ['from its end', [node('Sub', ['two', 'n'], ['i']), gatherOf('table')], [-6, 3, true, -6, 2]],
    ['by every other', [node('Mul', ['n', 'two'], ['i']), gatherOf('table')], [0, 5, true, 0, 4]],
    ['by half of it', [node('Div', ['n', 'two'], ['i']), gatherOf('table')], [0, 18, true, 0, 17]],
    ['by what is left of it', [node('Mod', ['n', 'two'], ['i']), gatherOf('table')], computed],
    ['by what is kept within', [node('Clip', ['n', 'none', 'two'], ['i']), gatherOf('table')], computed],
    ['by a sum of it', [node('Add', ['n', 'n'], ['i']), gatherOf('table')], [0, 5, true, 0, 4]],
    ['side by side', [node('Concat', ['n', 'n'], ['i'], axis(0)), gatherOf('table')], nine],
  ])('%s', (_, nodes, range) => expect(rangeOf(nodes)).toEqual(range));

  it('also out of a body, and in a function', () => {
    const body = (output: string, nodes: readonly OnnxNode[]) => ({
      name: output,
      nodes,
      initializers: [],
      inputs: [],
      outputs: [{ name: output, type: { kind: 'unknown' } } as const],
      valueInfo: [],
    });
    const branch = (name: string, output: string) =>
      ({ name, kind: 'graph', value: body(output, [node('Gather', ['table', 'n'], [output])]) }) as const;
    const choice = node('If', ['c'], ['y'], [branch('then_branch', 'a'), branch('else_branch', 'b')]);
    expect(rangeOf([choice])).toEqual(nine);
    const called = { name: 'Rows', domain: 'here', overload: '', docString: '', attributes: ['along'] };
    const along = { name: 'axis', kind: 'reference', refersTo: 'along', refersToKind: 'int' } as const;
    const rows = {
      ...called,
      inputs: ['t', 'i'],
      outputs: ['y'],
      nodes: [node('Gather', ['t', 'i'], ['y'], [along])],
      opsets: [],
    };
    const call = node('Rows', ['table', 'n'], ['y'], [{ name: 'along', kind: 'int', value: 1 }], {
      domain: 'here',
    });
    const model = { ...reading([call]), functions: [rows] };
    expect(fedInputs(model)[0]?.whole(new Map())).toMatchObject({ from: 0, below: 2 });
  });

  it('by rows and columns, each as many as there are', () => {
    const model = modelOf({
      inputs: [{ name: 'n', type: { kind: 'tensor', dtype: 'int32', shape: ['batch', 2] } }],
      initializers: [
        floats(
          'table',
          [9, 3],
          Array.from({ length: 27 }, () => 1),
        ),
      ],
      nodes: [node('Cast', ['n'], ['i'], to(7)), node('GatherND', ['table', 'i'], ['y'])],
      outputs: [{ name: 'y', type: { kind: 'unknown' } }],
    });
    const cases = seededCases(fedInputs(model), { seeds: [1], batches: [200], extents: {} });
    const rows = (label: string) => {
      const data = Array.from(cases.find((one) => one.label === label)?.feeds.get('n')?.data ?? []);
      return [0, 1].map((column) => Math.max(...data.filter((_, i) => i % 2 === column)));
    };
    expect([rows('seed 1'), rows('extremes')]).toEqual([
      [8, 2],
      [8, 2],
    ]);
  });

  it('but for what a condition keeps from it', () => {
    const lookUp = gatherOf('table');
    const replaced = [node('Equal', ['n', 'two'], ['c']), node('Where', ['c', 'zero', 'far'], ['i']), lookUp];
    expect(wholeOf(replaced)).toMatchObject({ from: -100, below: 101, points: [[1, 3]] });
    const away = [
      node('Add', ['n', 'hundred'], ['m']),
      node('Equal', ['m', 'two'], ['c']),
      node('Where', ['c', 'zero', 'n'], ['i']),
      lookUp,
    ];
    expect(wholeOf(away)).toMatchObject({ from: 0, below: 9, points: [[-98, -98]] });
    const negative = [
      node('Less', ['n', 'zero'], ['c']),
      node('Add', ['n', 'nine'], ['m']),
      node('Where', ['c', 'm', 'n'], ['i']),
      lookUp,
    ];
    expect(wholeOf(negative)).toMatchObject({ from: -9, below: 9 });
  });
});

describe('what says how long, or how often, is no more than there is', () => {
  const time = (value: number) => [{ name: 'time_axis', kind: 'int', value }] as const;
  it.each<[string, readonly OnnxNode[], readonly unknown[]]>([
    [
      'a length of what is turned',
      [node('ReverseSequence', ['table', 'n'], ['y'], time(0))],
      [0, 10, true, 0, 9],
    ],
    ['a length of what recurs', [node('GRU', ['steps', 'w', 'r', '', 'n'], ['', 'y'])], [1, 7, true, 1, 6]],
    ['how many are largest', [node('TopK', ['table', 'n'], ['y'], axis(0))], [1, 10, true, 1, 9]],
    ['what is repeated', [node('Expand', ['half', 'n'], ['y'])], [1, 5, true, 1, 4]],
    ['where a slice ends', [node('Slice', ['table', 'zero', 'n', 'zero'], ['y'])], [5, 10, true, 5, 9]],
  ])('%s', (_, nodes, range) => expect(rangeOf(nodes)).toEqual(range));
});

describe('what is compared is among what is fed', () => {
  it.each<[string, readonly OnnxNode[], readonly unknown[]]>([
    ['with one number', [node('Equal', ['n', 'two'], ['y'])], [[1, 3]]],
    ['with a fraction', [node('Cast', ['n'], ['f'], to(1)), node('Greater', ['f', 'half'], ['y'])], [[0, 1]]],
    ['after a shift', [node('Sub', ['n', 'two'], ['m']), node('Less', ['two', 'm'], ['y'])], [[3, 5]]],
    [
      'with a row of them',
      [node('Unsqueeze', ['n', 'two'], ['m']), node('Equal', ['m', 'row'], ['y'])],
      [[2, 8]],
    ],
  ])('%s', (_, nodes, points) => expect(wholeOf(nodes).points).toEqual(points));

  it('and each of it is drawn, however few numbers there are', () => {
    const model = reading([node('Equal', ['n', 'two'], ['y'])]);
    const cases = seededCases(fedInputs(model), { seeds: [1, 2, 3], batches: [1], extents: {} });
    const fed = cases.flatMap(({ feeds }) => Array.from(feeds.get('n')?.data ?? []));
    for (const number of [1, 2, 3]) expect(fed).toContain(number);
  });
});

it('a reader of which nothing is known is named', () => {
  expect(wholeOf([node('Op', ['n'], ['y'], [], { domain: 'com.microsoft', name: 'own' })]).unknown).toBe(
    'com.microsoft.Op "own"',
  );
  expect(wholeOf([node('Gather', ['h', 'n'], ['y'])]).unknown).toBe('Gather that makes "y"');
  expect(wholeOf([node('Mul', ['n', 'n'], ['y'])]).unknown).toBeUndefined();
});

it('files that do the same to 0 and 1 alone are told apart', async () => {
  const { file } = await subject(reading([node('Mul', ['n', 'n'], ['y'])]));
  const itself = await written(reading([node('Identity', ['n'], ['y'])]));
  const both = { ...(await subject(file.model)), other: await otherFile(file, itself) };
  const order = { model: file.path, data: null, seeds: [1], batches: [1], climb: 0 };
  const report = await compareSubject(both, order, silentReporter, new AbortController().signal);
  expect(report.outcome).toBe('failed');
});
