/** Sequences of tensors, as exporters write lists of Python. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../../../proto/onnx.ts';
import { floats as tensor } from '../../../src/graph/tensor.ts';
import { verify } from '../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { floatInfo, ints, modelOf, node } from './models.ts';

const axis = (value: number): OnnxAttribute => ({ name: 'axis', kind: 'int', value });
const flag = (name: string, value: number): OnnxAttribute => ({ name, kind: 'int', value });

const scalar = (name: string, value: number): OnnxTensor => ({
  name,
  dtype: 'int64',
  dims: [],
  data: BigInt64Array.of(BigInt(value)),
});

function model(
  nodes: readonly OnnxNode[],
  output: string,
  initializers: readonly OnnxTensor[] = [],
): OnnxModel {
  return modelOf({
    inputs: [floatInfo('x', [5, 2])],
    initializers: [scalar('first', 0), scalar('last', -1), ...initializers],
    nodes,
    outputs: [{ name: output, type: { kind: 'unknown' } }],
  });
}

const x = tensor([5, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

async function run(...given: Parameters<typeof model>) {
  const { graph, weights } = importOnnx(model(...given));
  const program = await createReferenceRuntime().compile(verify(graph));
  const [result] = (await program.run(new Map([...weights, ['x', x]]))).values();
  return { shape: result?.shape, data: [...(result?.data ?? [])].map(Number) };
}

const parts = (given: readonly string[], ...attributes: readonly OnnxAttribute[]) =>
  node('SplitToSequence', ['x', ...given], ['parts'], attributes);

describe('a sequence', () => {
  it('of parts of one extent, of given ones, or of single rows', async () => {
    const two = scalar('two', 2);
    const at = node('SequenceAt', ['parts', 'last'], ['y']);
    expect(await run([parts(['two']), at], 'y', [two])).toEqual({ shape: [1, 2], data: [8, 9] });
    const sizes = ints('sizes', [1, 4]);
    expect((await run([parts(['sizes']), at], 'y', [sizes])).data).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await run([parts([]), at], 'y')).shape).toEqual([1, 2]);
    const column = parts([], axis(-1), flag('keepdims', 0));
    expect(await run([column, at], 'y')).toEqual({ shape: [5], data: [1, 3, 5, 7, 9] });
    // What is given keeps the axis.
    expect((await run([parts(['two'], flag('keepdims', 0)), at], 'y', [two])).shape).toEqual([1, 2]);
  });

  it('is put together, added to, taken from, counted and joined', async () => {
    const nodes = [
      node('Neg', ['x'], ['minus']),
      node('SequenceEmpty', [], ['none']),
      node('SequenceInsert', ['none', 'x'], ['one']),
      node('SequenceInsert', ['one', 'minus', 'first'], ['two']),
      node('Identity', ['two'], ['same']),
      node('SequenceConstruct', ['x', 'x', 'minus'], ['three']),
      node('SequenceErase', ['three'], ['shorter']),
      node('SequenceErase', ['same', 'last'], ['left']),
    ];
    const joined = (from: string, ...attributes: readonly OnnxAttribute[]) => [
      ...nodes,
      node('ConcatFromSequence', [from], ['y'], attributes),
    ];
    expect((await run(joined('same', axis(0)), 'y')).data.slice(8, 12)).toEqual([-8, -9, 0, 1]);
    expect(await run(joined('shorter', axis(-1), flag('new_axis', 1)), 'y')).toEqual({
      shape: [5, 2, 2],
      data: [...x.data].flatMap((_, i) => (i % 2 === 0 ? [i, i, i + 1, i + 1] : [])),
    });
    expect((await run(joined('left', axis(0)), 'y')).data[9]).toBe(-9);
    const length = await run([...nodes, node('SequenceLength', ['three'], ['y'])], 'y');
    expect(length).toEqual({ shape: [], data: [3] });
  });

  it('of numbers that are known makes a shape', async () => {
    const nodes = [
      node('SequenceConstruct', ['rows', 'columns'], ['list']),
      node('ConcatFromSequence', ['list'], ['shape'], [axis(0), flag('new_axis', 1)]),
      node('Reshape', ['x', 'shape'], ['y']),
    ];
    const wanted = [scalar('rows', 2), scalar('columns', 5)];
    expect((await run(nodes, 'y', wanted)).shape).toEqual([2, 5]);
  });

  it('is gone through by a body, beside another or a tensor', async () => {
    const unknown = (name: string) => ({ name, type: { kind: 'unknown' } }) as const;
    const body: OnnxGraph = {
      name: 'body',
      nodes: [node('Mul', ['a', 'b'], ['product']), node('Add', ['product', 'c'], ['sum'])],
      initializers: [],
      inputs: [unknown('a'), unknown('b'), unknown('c')],
      outputs: [unknown('sum')],
      valueInfo: [],
    };
    const nodes = [
      parts([]),
      node('SequenceMap', ['parts', 'parts', 'x'], ['made'], [{ name: 'body', kind: 'graph', value: body }]),
      node('SequenceAt', ['made', 'last'], ['y']),
    ];
    expect((await run(nodes, 'y')).data).toEqual([64, 82, 66, 84, 68, 86, 70, 88, 72, 90]);
  });

  it('grows in a loop', async () => {
    const unknown = (name: string) => ({ name, type: { kind: 'unknown' } }) as const;
    const body: OnnxGraph = {
      name: 'body',
      nodes: [
        node('Gather', ['x', 'i'], ['row']),
        node('SequenceInsert', ['list', 'row', 'first'], ['longer']),
        node('Identity', ['go'], ['on']),
      ],
      initializers: [],
      inputs: [unknown('i'), unknown('go'), unknown('list')],
      outputs: [unknown('on'), unknown('longer')],
      valueInfo: [],
    };
    const nodes = [
      node('SequenceEmpty', [], ['none']),
      node('Loop', ['three', '', 'none'], ['rows'], [{ name: 'body', kind: 'graph', value: body }]),
      node('ConcatFromSequence', ['rows'], ['y'], [axis(0)]),
    ];
    expect((await run(nodes, 'y', [scalar('three', 3)])).data).toEqual([4, 5, 2, 3, 0, 1]);
  });

  it('is refused where a tensor is wanted, and the other way round', () => {
    const read = (nodes: readonly OnnxNode[], output: string) => () => importOnnx(model(nodes, output));
    expect(read([parts([])], 'parts')).toThrow('output "parts" is a sequence; tensors are supported');
    expect(read([parts([]), node('Neg', ['parts'], ['y'])], 'y')).toThrow(
      'takes "parts", a sequence, for a tensor',
    );
    expect(read([node('SequenceAt', ['x', 'first'], ['y'])], 'y')).toThrow(
      'takes "x", a tensor, for a sequence',
    );
    const far = [parts(['five']), node('SequenceAt', ['parts', 'five'], ['y'])];
    const beyond = model(far, 'y', [scalar('five', 5)]);
    expect(() => importOnnx(beyond)).toThrow('has the position 5 in a sequence of 1');
  });
});
