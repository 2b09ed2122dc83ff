/** Loops as other programs write them: read round by round, or as a Scan. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../../../proto/onnx.ts';
import { floats as tensor } from '../../../src/graph/tensor.ts';
import { verify } from '../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { floatInfo, floats, modelOf, node } from './models.ts';

const truth: OnnxTensor = { name: 'true', dtype: 'bool', dims: [], data: Uint8Array.of(1) };
const count = (value: number): OnnxTensor => ({
  name: 'count',
  dtype: 'int64',
  dims: [],
  data: BigInt64Array.of(BigInt(value)),
});
const scalarInfo = (name: string, dtype: 'int64' | 'bool'): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, shape: [] },
});

/** h ← h·2 + i, and what h was. */
function body(goesOn: readonly OnnxNode[] = [node('Identity', ['go'], ['on'])]): OnnxGraph {
  return {
    name: 'body',
    nodes: [
      node('Cast', ['i'], ['number'], [{ name: 'to', kind: 'int', value: 1 }]),
      node('Mul', ['h', 'two'], ['twice']),
      node('Add', ['twice', 'number'], ['next']),
      node('Identity', ['h'], ['was']),
      ...goesOn,
    ],
    initializers: [floats('two', [], [2])],
    inputs: [scalarInfo('i', 'int64'), scalarInfo('go', 'bool'), { name: 'h', type: { kind: 'unknown' } }],
    outputs: [scalarInfo('on', 'bool'), floatInfo('next', [2]), floatInfo('was', [2])],
    valueInfo: [],
  };
}

function model(rounds: OnnxTensor | undefined, one: OnnxGraph, outputs: readonly string[]): OnnxModel {
  return modelOf({
    inputs: [floatInfo('start', [2])],
    initializers: [truth, floats('limit', [], [20]), ...(rounds === undefined ? [] : [rounds])],
    nodes: [
      node('Loop', [rounds === undefined ? '' : 'count', 'true', 'start'], outputs, [
        { name: 'body', kind: 'graph', value: one },
      ]),
    ],
    outputs: outputs.map((name) => ({ name, type: { kind: 'unknown' } })),
  });
}

async function run(of: OnnxModel) {
  const { graph, weights } = importOnnx(of);
  const program = await createReferenceRuntime().compile(verify(graph));
  const results = await program.run(new Map([...weights, ['start', tensor([2], [1, 3])]]));
  const shown = [...results].map(([name, { shape, data }]) => [name, { shape, data: [...data] }] as const);
  return { ops: graph.nodes.map(({ op }) => op), results: Object.fromEntries(shown) };
}

/** What the loop means, written out. */
function expected(rounds: number) {
  let h = [1, 3];
  const was: number[] = [];
  for (let i = 0; i < rounds; i++) {
    was.push(...h);
    h = h.map((value) => value * 2 + i);
  }
  return { last: { shape: [2], data: h }, every: { shape: [rounds, 2], data: was } };
}

describe('a Loop', () => {
  it('of a known number of rounds is read round by round', async () => {
    const { ops, results } = await run(model(count(3), body(), ['last', 'every']));
    expect(results).toEqual(expected(3));
    expect(ops).not.toContain('Scan');
  });

  it('of many rounds becomes a Scan', async () => {
    const { ops, results } = await run(model(count(300), body(), ['last', 'every']));
    expect(ops).toContain('Scan');
    expect(results).toEqual(expected(300));
  });

  it('ends where its condition is known to be false', async () => {
    const two: OnnxTensor = { ...count(1), name: 'last_round' };
    const one = body([node('Less', ['i', 'last_round'], ['on'])]);
    const { results } = await run(
      model(undefined, { ...one, initializers: [...one.initializers, two] }, ['last', 'every']),
    );
    expect(results).toEqual(expected(2));
  });

  it('that never goes round hands on what it was given, and gives no rows', async () => {
    const never: OnnxTensor = { ...truth, data: Uint8Array.of(0) };
    const { ops, results } = await run(model(count(0), body(), ['last', 'every']));
    expect(results).toEqual(expected(0));
    expect(ops).not.toContain('Scan');
    const unasked = model(count(10), body(), ['last', 'every']);
    const initializers = unasked.graph.initializers.map((each) => (each.name === 'true' ? never : each));
    const { results: none } = await run({ ...unasked, graph: { ...unasked.graph, initializers } });
    expect(none).toEqual(expected(0));
  });

  it('that stops where only a run can tell gives what the last round that counts hands on', async () => {
    const sum = node('ReduceSum', ['next'], ['sum'], [{ name: 'keepdims', kind: 'int', value: 0 }]);
    const one = { ...body([sum, node('Less', ['sum', 'limit'], ['on'])]) };
    const { results } = await run(model(count(10), { ...one, outputs: one.outputs.slice(0, 2) }, ['last']));
    // Sums: 4, 8, 18, 40.
    expect(results).toEqual({ last: expected(3).last });
  });

  /** As often as a tensor that is fed has rows, or one less often, while `on` says so: h ← h + 1. */
  function asOftenAs(rows: 'all' | 'all but one', on: readonly OnnxNode[]): OnnxModel {
    const one: OnnxGraph = {
      ...body(),
      nodes: [node('Add', ['h', 'one'], ['next']), ...on],
      initializers: [floats('one', [], [1])],
      outputs: [scalarInfo('on', 'bool'), floatInfo('next', [2])],
    };
    const whole = (name: string, value: bigint): OnnxTensor => ({
      name,
      dtype: 'int64',
      dims: [],
      data: BigInt64Array.of(value),
    });
    return modelOf({
      inputs: [floatInfo('start', [2]), floatInfo('x', ['n', 3])],
      initializers: [truth, floats('limit', [], [5]), whole('first', 0n), whole('less', 1n)],
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'first'], ['all']),
        node('Sub', ['all', 'less'], ['all but one']),
        node('Loop', [rows, 'true', 'start'], ['last'], [{ name: 'body', kind: 'graph', value: one }]),
      ],
      outputs: [{ name: 'last', type: { kind: 'unknown' } }],
    });
  }
  async function lastOf(of: OnnxModel, rows: number, extents?: Readonly<Record<string, number>>) {
    const { graph, weights } = importOnnx(of, 'loop', extents && { extents });
    const program = await createReferenceRuntime().compile(verify(graph));
    const fed = [
      ['start', tensor([2], [0, 1])],
      ['x', tensor([rows, 3], new Float32Array(3 * rows))],
    ] as const;
    return [...((await program.run(new Map([...weights, ...fed]))).get('last')?.data ?? [])];
  }

  it('goes round as often as an extent says, whoever says that it goes on', async () => {
    // That it goes on is said by the loop itself, and by a constant of the graph around it.
    for (const said of ['go', 'true']) {
      const model = asOftenAs('all', [node('Identity', [said], ['on'])]);
      for (const rows of [1, 4]) expect(await lastOf(model, rows)).toEqual([rows, rows + 1]);
      expect(await lastOf(model, 0, { n: 0 })).toEqual([0, 1]);
    }
  });

  it('is read for each extent where it may be less than none, or end before', async () => {
    const less = asOftenAs('all but one', [node('Identity', ['true'], ['on'])]);
    expect(() => importOnnx(less)).toThrow('which no graph of all extents can');
    for (const [rows, rounds] of [
      [0, 0],
      [1, 0],
      [4, 3],
    ] as const) {
      expect(await lastOf(less, rows, { n: rows })).toEqual([rounds, rounds + 1]);
    }
    const sum = node('ReduceSum', ['next'], ['sum'], [{ name: 'keepdims', kind: 'int', value: 0 }]);
    const open = asOftenAs('all', [sum, node('Less', ['sum', 'limit'], ['on'])]);
    expect(() => importOnnx(open)).toThrow('which no graph of all extents can');
    expect(await lastOf(open, 2, { n: 2 })).toEqual([2, 3]);
    expect(await lastOf(open, 9, { n: 9 })).toEqual([2, 3]);
  });

  it('goes on as long as what it hands on says, whatever the graph around calls so', async () => {
    const handed: OnnxGraph = {
      ...body([]),
      nodes: [node('Add', ['h', 'one'], ['next']), node('Less', ['i', 'last'], ['again'])],
      initializers: [
        floats('one', [], [1]),
        { name: 'last', dtype: 'int64', dims: [], data: BigInt64Array.of(1n) },
      ],
      inputs: [
        scalarInfo('i', 'int64'),
        scalarInfo('go', 'bool'),
        scalarInfo('true', 'bool'),
        { name: 'h', type: { kind: 'unknown' } },
      ],
      outputs: [scalarInfo('true', 'bool'), scalarInfo('again', 'bool'), floatInfo('next', [2])],
    };
    const model = modelOf({
      inputs: [floatInfo('start', [2])],
      initializers: [truth, count(1000)],
      nodes: [
        node(
          'Loop',
          ['count', 'true', 'true', 'start'],
          ['flag', 'last'],
          [{ name: 'body', kind: 'graph', value: handed }],
        ),
      ],
      outputs: [{ name: 'last', type: { kind: 'unknown' } }],
    });
    // The first two rounds hand on that it goes on; the third hands on that it does not, of which the fourth is told.
    expect((await run(model)).results['last']?.data).toEqual([4, 6]);
  });

  it('is refused where it may never end, or what it gives has no known length', () => {
    const sum = node('ReduceSum', ['next'], ['sum'], [{ name: 'keepdims', kind: 'int', value: 0 }]);
    expect(() => importOnnx(model(undefined, body(), ['last', 'every']))).toThrow('never ends');
    const open = body([sum, node('Less', ['sum', 'limit'], ['on'])]);
    expect(() => importOnnx(model(count(10), open, ['last', 'every']))).toThrow('only a run can tell');
    // As `while` is written: no graph has all the rounds that there may be.
    const whileIt = model(count(2 ** 53), { ...open, outputs: open.outputs.slice(0, 2) }, ['last']);
    expect(() => importOnnx(whileIt)).toThrow('may go round more than 3333 times');
  });
});
