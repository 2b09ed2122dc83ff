/** The truth and what float32 costs, of graphs of which both are known. */
import { describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { NascentError } from '../../../src/errors.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { compareSubject } from '../../../src/parity/parity.ts';
import { precisionOf, type Precision } from '../../../src/parity/coarse.ts';
import { renderParity } from '../../../src/parity/render-parity.ts';
import { narrowMultiple, spreadMultiple } from '../../../src/parity/gates.ts';
import { openTruth } from '../../../src/parity/truth/truth.ts';
import { openWay, type Way } from '../../../src/parity/ways.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { floatInfo, floats, ints, modelOf, node } from '../../exporters/onnx/models.ts';
import { network, subject, written } from '../models.ts';

const signal = new AbortController().signal;

async function measured(
  build: (b: GraphBuilder, x: Value) => Value,
  values: readonly number[],
  precision: Precision = 'float32',
) {
  const b = new GraphBuilder();
  const x = b.input('x', ['batch', values.length]);
  const graph = b.finish('g', { y: build(b, x) });
  const imported = importOnnx(toOnnxModel(graph, { weights: new Map() }));
  const format = precision === 'float16' || precision === 'bfloat16' ? precision : undefined;
  // As if the file said so of every node.
  const narrow = new Map(format === undefined ? [] : imported.graph.nodes.map((each) => [each, format]));
  const measure = await openTruth({ ...imported, narrow }, precision);
  const fed = { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) } as const;
  const { outputs, spreads } = await measure(new Map([['x', fed]]));
  const [y, spread] = [outputs.get('y'), spreads.get('y')];
  if (y === undefined || spread === undefined) throw new Error('nothing was measured');
  return { y: Array.from(y.data), spread };
}

describe('the truth', () => {
  it('is in double precision, and float32 costs what is lost where numbers cancel', async () => {
    // √(x² + 1) − √(x²) at 10,000: 5e-5, of which float32 has nothing.
    const { y, spread } = await measured(
      (b, x) => {
        const square = b.op('Mul', [x, x]);
        const one = b.op('Exp', [b.op('Sub', [x, x])]);
        return b.op('Sub', [b.op('Sqrt', [b.op('Add', [square, one])]), b.op('Sqrt', [square])]);
      },
      [10_000],
    );
    expect(y[0]).toBeCloseTo(4.999999987e-5, 11);
    expect(spread.largest).toBeCloseTo(5e-5, 7);
  });

  it('costs nothing where every op is exact', async () => {
    const { y, spread } = await measured((b, x) => b.op('Relu', [x]), [-1.5, 0, 2.25]);
    expect(y).toEqual([0, 0, 2.25]);
    expect(spread).toEqual({ largest: 0 });
  });

  it('is no number where a mean is of nothing, which any may be', async () => {
    const mean = (b: GraphBuilder, x: Value) =>
      b.op('ReduceMean', [b.op('Slice', [x], { starts: [0], ends: [0], axes: [1], steps: [1] })], {
        axes: [1],
        keepdims: 0,
      });
    for (const precision of ['float32', 'steps', 'float16'] as const) {
      const { y, spread } = await measured(mean, [1, 2], precision);
      expect(y).toEqual([NaN]);
      expect(spread.loose).toEqual(Uint8Array.of(1));
    }
  });

  it('costs a step where a number is in the middle between two, and nothing elsewhere', async () => {
    const round = (b: GraphBuilder, x: Value) => b.op('Round', [x]);
    const middle = await measured(round, [3.25, 1.5 - 2 ** -23, 2.25], 'steps');
    expect(middle.y).toEqual([3, 1, 2]);
    expect(middle.spread).toEqual({ largest: 1 });
    expect((await measured(round, [3.25, 1.4999, 0, -7], 'steps')).spread).toEqual({ largest: 0 });
    // However large a mask is, it moves nothing else.
    expect((await measured(round, [-3e38, 1.25], 'steps')).spread).toEqual({ largest: 0 });
  });

  it('costs all that there is where what is no number becomes a whole one: runtimes take the largest, or the smallest', async () => {
    const toInt8 = (b: GraphBuilder, x: Value) => {
      const steps = b.op('Max', [b.op('Min', [b.op('Round', [x]), b.constant(127)]), b.constant(-128)]);
      return b.op('Cast', [steps], { to: 'int64' });
    };
    expect((await measured(toInt8, [NaN, 3], 'steps')).spread.largest).toBe(128);
    expect((await measured(toInt8, [Infinity, 3], 'steps')).spread.largest).toBe(0);
  });

  it.each([
    ['steps', []],
    ['coarse', [{ name: 'half', dtype: 'float16', dims: [1], data: Uint16Array.of(0x3c00) }]],
  ] as const)(
    'is no number, which any may be, where some is none of what is quantised together: %s',
    async (precision, more) => {
      const model = modelOf({
        inputs: [floatInfo('x', ['batch', 3])],
        initializers: more,
        nodes: [
          node('DynamicQuantizeLinear', ['x'], ['q', 'scale', 'zero']),
          node('DequantizeLinear', ['q', 'scale', 'zero'], ['y']),
          ...more.map(({ name }) => node('Identity', [name], ['h'])),
        ],
        outputs: [
          floatInfo('y', ['batch', 3]),
          ...more.map(
            ({ dtype, dims }) => ({ name: 'h', type: { kind: 'tensor', dtype, shape: dims } }) as const,
          ),
        ],
      });
      expect(precisionOf(model)).toBe(precision);
      const measure = await openTruth(importOnnx(model), precision);
      const by = async (...values: readonly number[]) => {
        const fed = { dtype: 'float32', shape: [1, 3], data: Float32Array.from(values) } as const;
        const { outputs, spreads } = await measure(new Map([['x', fed]]));
        return { y: Array.from(outputs.get('y')?.data ?? []), loose: spreads.get('y')?.loose };
      };
      expect(await by(1, NaN, 255)).toEqual({ y: [NaN, NaN, NaN], loose: Uint8Array.of(1, 1, 1) });
      expect(await by(1, 0, 255)).toEqual({ y: [1, 0, 255], loose: undefined });
    },
  );

  it('costs what other ways to read the file differ by', async () => {
    const read = (by: number) => {
      const b = new GraphBuilder();
      const x = b.input('x', [1]);
      const graph = b.finish('g', { y: b.op('Mul', [x, b.constant(by)]) });
      return importOnnx(toOnnxModel(graph, { weights: new Map() }));
    };
    const measure = await openTruth(read(2), 'steps', [{ imported: read(2.5) }, { imported: read(1.75) }]);
    const fed = { dtype: 'float32', shape: [1], data: Float32Array.of(4) } as const;
    const { outputs, spreads } = await measure(new Map([['x', fed]]));
    expect(Array.from(outputs.get('y')?.data ?? [])).toEqual([8]);
    expect(spreads.get('y')).toEqual({ largest: 2 });
  });

  /** Of what a narrower float costs, so much counts: a runtime may be off by fewer times of it. */
  const part = narrowMultiple / spreadMultiple;

  it.each([
    ['float16', 2 ** -10],
    ['bfloat16', 2 ** -7],
  ] as const)('costs %s its last digit', async (precision, unit) => {
    const plus = (b: GraphBuilder, x: Value) => b.op('Add', [x, x]);
    // A unit above 1 is kept, half of one is not, and a tie goes to the even number.
    expect((await measured(plus, [0.5 + unit / 2], precision)).spread.largest).toBe(0);
    const { spread } = await measured(plus, [0.5 + unit / 4], precision);
    expect(spread).toEqual({ largest: (part * unit) / 2, least: (part * unit) / 2 });
    expect((await measured(plus, [0.5 + (3 * unit) / 4], precision)).spread.largest).toBe((part * unit) / 2);
  });

  it('does not tell what is beyond the largest number of float16', async () => {
    const { y, spread } = await measured((b, x) => b.op('Mul', [x, x]), [300, 2 ** -13], 'float16');
    expect(y).toEqual([90_000, 2 ** -26]);
    expect(Array.from(spread.loose ?? [])).toEqual([1, 0]);
    // Half the smallest there is goes to 0.
    expect(spread.largest).toBe(part * 2 ** -26);
  });

  it('costs float16 nothing where the file computes in float32, whatever there is beside', async () => {
    const cast = (to: number) => [{ name: 'to', kind: 'int', value: to }] as const;
    const model = modelOf({
      inputs: [floatInfo('x', ['batch', 2])],
      initializers: [{ name: 'w', dtype: 'float16', dims: [2], data: Uint16Array.of(0x3c01, 0x4001) }],
      nodes: [
        // Weights of float16 are what they are.
        node('Cast', ['w'], ['wide'], cast(1)),
        node('Mul', ['x', 'wide'], ['y']),
        node('Cast', ['y'], ['half'], cast(10)),
        node('Cast', ['half'], ['there_and_back'], cast(1)),
        node('Add', ['half', 'half'], ['dead']),
      ],
      outputs: [floatInfo('y', ['batch', 2]), floatInfo('there_and_back', ['batch', 2])],
    });
    expect(precisionOf(model)).toBe('float16');
    const measure = await openTruth(importOnnx(model), precisionOf(model));
    const fed = { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 3) } as const;
    const { outputs, spreads } = await measure(new Map([['x', fed]]));
    const y = [1 + 2 ** -10, 3 * (2 + 2 ** -9)];
    expect(Array.from(outputs.get('y')?.data ?? [])).toEqual(y);
    expect(spreads.get('y')).toEqual({ largest: 0 });
    // 6.005859375 is in the middle between two of float16.
    expect(Array.from(outputs.get('there_and_back')?.data ?? [])).toEqual(y);
    expect(spreads.get('there_and_back')).toEqual({ largest: part * 2 ** -9, least: part * 2 ** -11 });
  });

  it('costs a sum its order: a large number first takes all that is small', async () => {
    const small = Array.from({ length: 1000 }, () => 2 ** -26);
    const { y, spread } = await measured(
      (b, x) => b.op('ReduceSum', [x], { axes: [1], keepdims: 0 }),
      [1, ...small],
    );
    expect(y[0]).toBeCloseTo(1 + 1000 * 2 ** -26, 15);
    // From the front every term is rounded away.
    expect(spread.largest).toBeCloseTo(1000 * 2 ** -26, 15);
  });

  it('costs a Softmax and a Sum of many the order of their sums, too', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => 2 * Math.sin(i * i));
    const softmax = await measured((b, x) => b.op('Softmax', [x], { axis: 1 }), many);
    // Rounding the result is half a unit, 2^-24 of it; a sum of so many terms costs some of its last digits.
    expect(softmax.spread.largest / Math.max(...softmax.y)).toBeGreaterThan(4 * 2 ** -24);
    const terms = (b: GraphBuilder, x: Value) =>
      b.op('Sum', [
        x,
        ...Array.from({ length: 1000 }, (_, i) => b.op('Mul', [x, b.constant(2 ** -26 * (1 + i / 1e6))])),
      ]);
    const { y, spread } = await measured(terms, [1]);
    expect(y[0]).toBeCloseTo(1 + 1000 * 2 ** -26, 7);
    // From the front every term but the first is rounded away.
    expect(spread.largest).toBeCloseTo(1000 * 2 ** -26, 7);
  });

  it('is loose where float32 is infinite and the truth is not, and where the truth itself is not finite it is not', async () => {
    const { y, spread } = await measured((b, x) => b.op('Exp', [x]), [1, 100, Infinity]);
    expect(y[1]).toBeCloseTo(Math.exp(100), -30);
    expect(Array.from(spread.loose ?? [])).toEqual([0, 1, 0]);
  });

  it('has a cost for what is too small for a normal number: some runtimes take it for 0', async () => {
    const tiny = 2 ** -130;
    expect((await measured((b, x) => b.op('Relu', [x]), [tiny])).spread.largest).toBe(tiny);
  });
});

describe('a comparison', () => {
  const { model } = network(8);
  const order = { model: 'm', data: null, seeds: [1], batches: [1, 3], climb: 0 } as const;

  it('goes on without the truth where that cannot be had, and says why', async () => {
    const given = await subject(model);
    const open = async (_: string, way: Way, path: Parameters<typeof openWay>[1]) => {
      if (way.what !== 'truth') return openWay(way, path);
      throw new NascentError('runtime/failed', 'reference needs more than 2 GB of memory', { help: '' });
    };
    const report = await compareSubject({ ...given, open }, order, silentReporter, signal);
    expect(report).toMatchObject({
      outcome: 'passed',
      baseline: { name: 'onnxruntime-cpu unoptimised' },
      truth: { inputs: 0, why: 'reference needs more than 2 GB of memory' },
    });
    expect(report.gate).toContain('1e-4 of the largest value');
    expect(report.pairs.map(({ name }) => name)).not.toContain('onnxruntime-cpu unoptimised');
    expect(renderParity(report).replaceAll(/\s+/g, ' ')).toContain(
      'There is no truth: reference needs more than 2 GB',
    );
  });

  it('has the truth of at least one input where it takes too long, and a stand-in for the others', async () => {
    const report = await compareSubject(
      await subject(model),
      { ...order, slowSeconds: 1e-6 },
      silentReporter,
      signal,
    );
    expect(report).toMatchObject({ outcome: 'passed', truth: { inputs: 1 } });
    // Denormals are left out, of which only the truth says whether 0 in their place is right, and extremes: what these cost.
    expect(report.seeded.kinds).toEqual(['zeros', 'ones']);
    for (const pair of report.pairs) expect(pair).toMatchObject({ seededInputs: 6, failures: [] });
    expect(renderParity(report)).toContain('The truth is known of 1 input (');
  });

  it('allows a running total over channels what that leaves behind in float32', async () => {
    const shape = ['batch', 64, 28, 28];
    const file = modelOf({
      inputs: [floatInfo('x', shape)],
      outputs: [floatInfo('y', shape)],
      nodes: [node('LRN', ['x'], ['y'], [{ kind: 'int', name: 'size', value: 5n }])],
    });
    const given = await subject(file, file, ['onnxruntime-cpu', 'reference', 'tfjs-cpu']);
    const report = await compareSubject(given, order, silentReporter, signal);
    // The square of 1e4 leaves up to 4 in the sums that come after it, some of which are smaller themselves.
    expect(report).toMatchObject({ outcome: 'passed', truth: { inputs: 8 } });
  });

  it('allows a transform by chirps what their angles cost in float32', async () => {
    const file = modelOf({
      inputs: [floatInfo('x', ['batch', 400, 1])],
      outputs: [floatInfo('y', ['batch', 400, 2])],
      nodes: [node('DFT', ['x'], ['y'], [{ kind: 'int', name: 'axis', value: 1n }])],
    });
    const given = await subject(file, file, ['onnxruntime-cpu', 'reference', 'tfjs-cpu']);
    const report = await compareSubject(given, order, silentReporter, signal);
    expect(report).toMatchObject({ outcome: 'passed', truth: { inputs: 8 } });
  });

  it('allows a variance of squares that are not centred what that costs in float32', async () => {
    const file = modelOf(
      {
        inputs: [floatInfo('x', [1, 4, 2, 2])],
        outputs: [floatInfo('y', [1, 4, 2, 2])],
        initializers: [floats('scale', [4], [1, 2, 3, 4]), floats('bias', [4], [0, 0, 0, 0])],
        nodes: [
          node(
            'GroupNormalization',
            ['x', 'scale', 'bias'],
            ['y'],
            [{ kind: 'int', name: 'num_groups', value: 2n }],
          ),
        ],
      },
      { opsets: [{ domain: '', version: 21 }] },
    );
    const { measure } = await openWay({ what: 'truth' }, { path: await written(file) });
    const costOf = async (mean: number): Promise<number> => {
      const data = Float32Array.from({ length: 16 }, (_, i) => mean + (i % 3));
      const fed = await measure?.(new Map([['x', { dtype: 'float32', shape: [1, 4, 2, 2], data }]]));
      return fed?.spreads.get('y')?.largest ?? NaN;
    };
    // Half a unit of 1000² is a thirtieth of the variance.
    expect(await costOf(1000)).toBeGreaterThan(1e-2);
    expect(await costOf(0)).toBeLessThan(1e-5);
  });

  it('leaves out what runs graphs where no graph keeps the numbers of any input, unless it is named', async () => {
    const file = modelOf({
      inputs: [{ name: 'id', type: { kind: 'tensor', dtype: 'int64', shape: ['batch', 3] } }],
      outputs: [{ name: 'y', type: { kind: 'tensor', dtype: 'int64', shape: ['batch', 3] } }],
      initializers: [ints('far', [2 ** 40]), ints('thousand', [1000])],
      nodes: [node('Add', ['id', 'far'], ['moved']), node('Mod', ['moved', 'thousand'], ['y'])],
    });
    const given = await subject(file, file, ['onnxruntime-cpu', 'reference', 'tfjs-cpu']);
    const report = await compareSubject(given, order, silentReporter, signal);
    expect(report).toMatchObject({ outcome: 'passed', leftOut: ['tfjs-cpu'], truth: { inputs: 0 } });
    expect(report.pairs.map(({ name }) => name)).not.toContain('tfjs-cpu');
    expect(renderParity(report).replaceAll(/\s+/g, ' ')).toContain(
      'left out tfjs-cpu: every input leads to whole numbers beyond 32 bits',
    );
    const named = { ...order, runtimes: ['onnxruntime-cpu', 'tfjs-cpu'] } as const;
    const asked = await compareSubject(given, named, silentReporter, signal);
    expect(asked.outcome).toBe('failed');
    expect(asked.leftOut).toBeUndefined();
  });

  it('is not known where whole numbers are beyond those that a graph keeps, and of other inputs it is', async () => {
    const file = modelOf({
      inputs: [floatInfo('x', ['batch', 3])],
      outputs: [{ name: 'y', type: { kind: 'tensor', dtype: 'int64', shape: ['batch', 3] } }],
      initializers: [floats('million', [1], [1e6]), ints('two', [2])],
      nodes: [
        node('Mul', ['x', 'million'], ['scaled']),
        node('Cast', ['scaled'], ['whole'], [{ kind: 'int', name: 'to', value: 7n }]),
        node('Mul', ['whole', 'two'], ['y']),
      ],
    });
    const given = await subject(file, file, ['onnxruntime-cpu', 'reference', 'tfjs-cpu']);
    const report = await compareSubject(given, order, silentReporter, signal);
    // Of large inputs it is not: 1e4 times a million.
    expect(report).toMatchObject({ outcome: 'passed', truth: { inputs: 7 } });
    expect(report.truth.why).toMatch(/^whole numbers go as far as -?\d{10,} on these inputs/);
    expect(report.pairs.map(({ name }) => name)).toContain('tfjs-cpu');
    for (const { runs, seededInputs, failures, note } of report.pairs) {
      const isFile = runs === 'the file';
      expect([seededInputs, failures]).toEqual([isFile ? 8 : 7, []]);
      // What runs the graph is not held to what no graph keeps.
      if (!isFile)
        expect(note).toContain(
          '1 input leads to whole numbers beyond 32 bits, which a graph does not keep: not compared',
        );
    }
  });
});
