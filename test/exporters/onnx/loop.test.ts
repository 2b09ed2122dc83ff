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

  it('is refused where it may never end, or what it gives has no known length', () => {
    const sum = node('ReduceSum', ['next'], ['sum'], [{ name: 'keepdims', kind: 'int', value: 0 }]);
    expect(() => importOnnx(model(undefined, body(), ['last', 'every']))).toThrow('never ends');
    const open = body([sum, node('Less', ['sum', 'limit'], ['on'])]);
    expect(() => importOnnx(model(count(10), open, ['last', 'every']))).toThrow('only a run can tell');
  });
});
