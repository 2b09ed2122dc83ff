/** Which whole numbers an input is fed hangs on what reads it. */
import { describe, expect, it } from 'vitest';
import type { OnnxNode, OnnxNumericType } from '../../proto/onnx.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { compareFiles } from '../../src/parity/compare-runtimes.ts';
import { fedInputs } from '../../src/parity/fed-inputs.ts';
import { seededCases } from '../../src/parity/seeded-inputs.ts';
import { floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { written } from './models.ts';

const to = (code: number) => [{ name: 'to', kind: 'int', value: code }] as const;

function reading(nodes: readonly OnnxNode[], dtype: OnnxNumericType = 'int32', name = 'n') {
  return modelOf({
    inputs: [{ name, type: { kind: 'tensor', dtype, shape: ['batch', 4] } }],
    initializers: [
      ints('two', [2]),
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
  const { from, below, hasZero, extremes } = input.whole;
  return [from, below, hasZero, ...extremes];
}

const computed = [-100, 101, true, -32_768, 32_768];

describe('what is computed with is of both signs and goes far', () => {
  it.each<[string, readonly OnnxNode[]]>([
    ['a square', [node('Mul', ['n', 'n'], ['y'])]],
    ['a fraction of it', [node('Cast', ['n'], ['f'], to(1)), node('Sin', ['f'], ['y'])]],
    ['what is passed on', [node('Flatten', ['n'], ['a']), node('Abs', ['a'], ['y'])]],
    ['rows that others choose', [node('Gather', ['n', 'two'], ['y'])]],
  ])('%s', (_, nodes) => expect(rangeOf(nodes)).toEqual(computed));

  it.each<[OnnxNumericType, readonly unknown[]]>([
    ['int8', [-100, 101, true, -128, 127]],
    ['uint8', [0, 101, true, 0, 255]],
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

describe('what may be an index, or says whether, is counted from 0', () => {
  const bits = [0, 2, true, 0, 1];
  it.each<[string, readonly OnnxNode[], readonly unknown[]]>([
    ['rows of a table', [node('Gather', ['table', 'n'], ['y'])], [0, 9, true, 0, 8]],
    ['places in what is computed', [node('Gather', ['h', 'n'], ['y'])], bits],
    ['sums of them', [node('Add', ['n', 'two'], ['a']), node('Gather', ['h', 'a'], ['y'])], bits],
    ['a mask', [node('Cast', ['n'], ['y'], to(9))], bits],
    ['a shape', [node('Reshape', ['table', 'n'], ['y'])], bits],
    ['a comparison', [node('Equal', ['n', 'two'], ['y'])], bits],
    ['an op of others', [node('Op', ['n'], ['y'], [], { domain: 'com.microsoft' })], bits],
  ])('%s', (_, nodes, range) => expect(rangeOf(nodes)).toEqual(range));

  it('as is what is called a mask', () => {
    expect(rangeOf([node('Mul', ['attention_mask', 'two'], ['y'])], 'int64', 'attention_mask')).toEqual(bits);
  });
});

it('files that do the same to 0 and 1 alone are told apart', async () => {
  const square = await written(reading([node('Mul', ['n', 'n'], ['y'])]));
  const itself = await written(reading([node('Identity', ['n'], ['y'])]));
  const report = await compareFiles(
    square,
    itself,
    { seeds: [1], batches: [1] },
    { reporter: silentReporter },
  );
  expect(report.outcome).toBe('failed');
});
