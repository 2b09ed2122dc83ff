/** Scan as other programs write it: bodies that take what they need from the graph around them. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel } from '../../../proto/onnx.ts';
import { NascentError } from '../../../src/errors.ts';
import { print } from '../../../src/graph/print.ts';
import { floats as tensor } from '../../../src/graph/tensor.ts';
import { verify } from '../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { floatInfo, floats, modelOf, node } from './models.ts';

/** h ← h + x·w·bias, `w` of the graph around and `bias` the body's own. */
const body: OnnxGraph = {
  name: 'body',
  nodes: [
    node('Mul', ['x', 'w'], ['xw']),
    node('Mul', ['xw', 'bias'], ['scaled']),
    node('Add', ['h', 'scaled'], ['h_next']),
    node('Identity', ['h_next'], ['y']),
  ],
  initializers: [floats('bias', [2], [10, 100])],
  inputs: [floatInfo('h', [2]), floatInfo('x', [2])],
  outputs: [floatInfo('h_next', [2]), floatInfo('y', [2])],
  valueInfo: [],
};

function model(one: OnnxGraph, attributes: readonly OnnxAttribute[] = []): OnnxModel {
  const all: readonly OnnxAttribute[] = [
    { name: 'body', kind: 'graph', value: one },
    { name: 'num_scan_inputs', kind: 'int', value: 1 },
    ...attributes,
  ];
  return modelOf({
    inputs: [floatInfo('start', [2]), floatInfo('sequence', ['length', 2])],
    initializers: [floats('w', [2], [1, 2])],
    nodes: [node('Scan', ['start', 'sequence'], ['last', 'every'], all)],
    outputs: [floatInfo('last', [2]), floatInfo('every', ['length', 2])],
  });
}

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof NascentError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a Scan of another program', () => {
  it('becomes one whose captured values are inputs, initializers of the body among them', async () => {
    const { graph, weights } = importOnnx(model(body));
    expect(print(verify(graph))).toMatchInlineSnapshot(`
      "graph g(start: float32[2], sequence: float32[length, 2], w: float32[2], bias: float32[2]) {
        last, every = Scan(start, sequence, w, bias, body=graph body(h: float32[2], x: float32[2], w: float32[2], bias: float32[2]) {
          xw = Mul(x, w) : float32[2]
          scaled = Mul(xw, bias) : float32[2]
          h_next = Add(h, scaled) : float32[2]
          y = Identity(h_next) : float32[2]
          return h_next = h_next, y = y
        }, states=1, sequences=1) : float32[2], float32[length, 2]
        return last = last, every = every
      }
      "
    `);
    expect([...weights.keys()]).toEqual(['w', 'bias']);
    const feeds = new Map([
      ['start', tensor([2], [0.5, 0.25])],
      ['sequence', tensor([2, 2], [1, 2, 3, 4])],
      ...weights,
    ]);
    const outputs = await (await createReferenceRuntime().compile(graph)).run(feeds);
    expect([...(outputs.get('every')?.data ?? [])]).toEqual([10.5, 400.25, 40.5, 1200.25]);
    expect([...(outputs.get('last')?.data ?? [])]).toEqual([40.5, 1200.25]);
  });

  it('may stand in the body of another, and use what is around both', async () => {
    const inner: OnnxGraph = {
      name: 'inner',
      nodes: [node('Mul', ['a', 'w0'], ['scaled']), node('Add', ['sum', 'scaled'], ['sum_next'])],
      initializers: [],
      inputs: [floatInfo('sum', []), floatInfo('a', [])],
      outputs: [floatInfo('sum_next', [])],
      valueInfo: [],
    };
    const attributes: readonly OnnxAttribute[] = [
      { name: 'body', kind: 'graph', value: inner },
      { name: 'num_scan_inputs', kind: 'int', value: 1 },
    ];
    const outer: OnnxGraph = {
      name: 'outer',
      nodes: [node('Scan', ['h', 'x'], ['h_next'], attributes)],
      initializers: [],
      inputs: [floatInfo('h', []), floatInfo('x', [2])],
      outputs: [floatInfo('h_next', [])],
      valueInfo: [],
    };
    const nested = modelOf({
      inputs: [floatInfo('start', []), floatInfo('sequence', ['length', 2])],
      initializers: [floats('w0', [], [2])],
      nodes: [
        node(
          'Scan',
          ['start', 'sequence'],
          ['last'],
          [
            { name: 'body', kind: 'graph', value: outer },
            { name: 'num_scan_inputs', kind: 'int', value: 1 },
          ],
        ),
      ],
      outputs: [floatInfo('last', [])],
    });
    const { graph, weights } = importOnnx(nested);
    verify(graph);
    const feeds = new Map([
      ['start', tensor([], [1])],
      ['sequence', tensor([2, 2], [1, 2, 3, 4])],
      ...weights,
    ]);
    const outputs = await (await createReferenceRuntime().compile(graph)).run(feeds);
    expect(outputs.get('last')?.data[0]).toBe(21);
  });

  it('is read along another axis, and backwards', async () => {
    const directions = [
      { name: 'scan_input_axes', kind: 'ints', value: [-1] },
      { name: 'scan_input_directions', kind: 'ints', value: [1] },
      { name: 'scan_output_axes', kind: 'ints', value: [1] },
      { name: 'scan_output_directions', kind: 'ints', value: [1] },
    ] as const;
    const turned = model(body, directions);
    const { graph, weights } = importOnnx({
      ...turned,
      graph: {
        ...turned.graph,
        inputs: [floatInfo('start', [2]), floatInfo('sequence', [2, 'length'])],
        outputs: [floatInfo('last', [2]), floatInfo('every', [2, 'length'])],
      },
    });
    // The sequence of the first test, back to front, with its steps as columns.
    const feeds = new Map([
      ['start', tensor([2], [0.5, 0.25])],
      ['sequence', tensor([2, 2], [3, 1, 4, 2])],
      ...weights,
    ]);
    const outputs = await (await createReferenceRuntime().compile(verify(graph))).run(feeds);
    expect([...(outputs.get('last')?.data ?? [])]).toEqual([40.5, 1200.25]);
    // Columns in the order in which they stood.
    expect([...(outputs.get('every')?.data ?? [])]).toEqual([40.5, 10.5, 1200.25, 400.25]);
  });

  it('is refused, with every problem of its body, where that has an op we lack', () => {
    const odd = {
      ...body,
      nodes: [...body.nodes.slice(0, -1), node('OptionalGetElement', ['h_next'], ['y'])],
    };
    const message = refusal(() => importOnnx(model(odd)));
    expect(message).toContain('OptionalGetElement that makes "y": there is no op OptionalGetElement here');
    expect(message).toContain('Scan that makes "last" has a body that cannot be read');
  });

  it('is refused where its body does not fit it', () => {
    const narrow = { ...body, inputs: [floatInfo('h', [2]), floatInfo('x', [])] };
    expect(refusal(() => importOnnx(model(narrow)))).toContain(
      'Scan that makes "last": input "x" of its body is said to be float32[], and is given float32[2]',
    );
    const missing = {
      ...body,
      nodes: body.nodes.map((one) => ({
        ...one,
        inputs: one.inputs.map((name) => (name === 'w' ? 'v' : name)),
      })),
    };
    expect(refusal(() => importOnnx(model(missing)))).toContain('uses "v", which nothing makes');
  });
});
