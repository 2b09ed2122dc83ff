/** Ops that give as many values as the numbers in them say, of which a run tells. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importOnnx, importStage, type ImportedModel } from '../../../../exporters/onnx/import.ts';
import type { OnnxModel, OnnxTensor } from '../../../../proto/onnx.ts';
import type { Tensor } from '../../../../src/graph/tensor.ts';
import { verify } from '../../../../src/graph/verify.ts';
import { readInStages } from '../../../../src/parity/graph-for.ts';
import { createReferenceRuntime } from '../../../../src/runtime/reference/runtime.ts';
import { tries } from '../../../support/properties.ts';
import { floatInfo, ints, modelOf, node } from '../models.ts';
import { f, i, modelOfNode, outputOf, type OneNode } from './lowered.ts';

const float = (shape: readonly number[], values: readonly number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

async function run({ graph, weights }: ImportedModel, feeds: ReadonlyMap<string, Tensor>) {
  const program = await createReferenceRuntime().compile(verify(graph));
  return program.run(new Map([...weights, ...feeds]));
}

/** What a model gives, whatever has to be told before it is read. */
async function staged(model: OnnxModel, feeds: ReadonlyMap<string, Tensor>) {
  const { imported } = await readInStages(model, 'it', {}, async (part) => run(part, feeds));
  return run(imported, feeds);
}

/** The outputs of a node whose float inputs are fed. */
async function outputsOf(one: OneNode): Promise<readonly { shape: readonly number[]; data: number[] }[]> {
  const constant = one.inputs.flatMap((input, at) => (input?.dtype === 'int64' ? [at] : []));
  const model = modelOfNode({ ...one, constant: [...(one.constant ?? []), ...constant] });
  expect(() => importOnnx(model)).toThrow('cannot be read as a graph');
  const feeds = new Map(
    model.graph.inputs.map(({ name }): [string, Tensor] => {
      const input = one.inputs[Number(name.slice(1))] as OnnxTensor & { data: Float32Array };
      return [name, float(input.dims, [...input.data])];
    }),
  );
  const results = await staged(model, feeds);
  return model.graph.outputs.map(({ name }) => {
    const { shape = [], data = [] } = results.get(name) ?? {};
    return { shape, data: [...data] };
  });
}

describe('what is chosen by numbers', () => {
  it('NonZero: the places, axis by axis', async () => {
    // [[1, 0], [1, 1]] of ONNX's own example.
    const [places] = await outputsOf({ op: 'NonZero', inputs: [f([2, 2], [1, 0, 1, 1])] });
    expect(places).toEqual({ shape: [2, 3], data: [0, 1, 1, 0, 0, 1] });
    const [none] = await outputsOf({ op: 'NonZero', inputs: [f([3], [0, 0, 0])] });
    expect(none).toEqual({ shape: [1, 0], data: [] });
  });

  it('Unique: what differs, where it is first, which each is, and how many there are', async () => {
    const x = f([6], [2, 1, 1, 3, 4, 3]);
    const sorted = await outputsOf({ op: 'Unique', inputs: [x], outputs: 4 });
    expect(sorted.map(({ data }) => data)).toEqual([
      [1, 2, 3, 4],
      [1, 0, 3, 4],
      [1, 0, 0, 2, 3, 2],
      [2, 1, 2, 1],
    ]);
    const asTheyCome = await outputsOf({ op: 'Unique', inputs: [x], outputs: 4, attributes: { sorted: 0 } });
    expect(asTheyCome.map(({ data }) => data)).toEqual([
      [2, 1, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 1, 2, 3, 2],
      [1, 2, 2, 1],
    ]);
    const columns = await outputsOf({
      op: 'Unique',
      inputs: [f([2, 4], [1, 0, 1, 0, 5, 6, 5, 2])],
      outputs: 4,
      attributes: { axis: -1 },
    });
    expect(columns).toEqual([
      { shape: [2, 3], data: [0, 0, 1, 2, 6, 5] },
      { shape: [3], data: [3, 1, 0] },
      { shape: [4], data: [2, 1, 2, 0] },
      { shape: [3], data: [1, 1, 2] },
    ]);
  });

  it('NonMaxSuppression: of boxes that overlap the best, class by class', async () => {
    // ONNX's own example: two pairs that overlap, and one box apart.
    const corners = [
      0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101,
    ];
    const scores = [0.9, 0.75, 0.6, 0.95, 0.5, 0.3];
    const chosen = async (most: number, least: number, boxes = corners, centred = 0) => {
      const bounds = [i(most), f([1], [0.5]), f([1], [least])];
      const inputs = [f([1, 6, 4], boxes), f([1, 1, 6], scores), ...bounds];
      const attributes = { center_point_box: centred };
      return (await outputsOf({ op: 'NonMaxSuppression', inputs, constant: [3, 4], attributes }))[0];
    };
    expect(await chosen(3, 0)).toEqual({ shape: [3, 3], data: [0, 0, 3, 0, 0, 0, 0, 0, 5] });
    expect(await chosen(2, 0)).toEqual({ shape: [2, 3], data: [0, 0, 3, 0, 0, 0] });
    expect(await chosen(3, 0.4)).toEqual({ shape: [2, 3], data: [0, 0, 3, 0, 0, 0] });
    expect(await chosen(0, 0)).toEqual({ shape: [0, 3], data: [] });
    // The other two corners of the same boxes; and their middles, with height and width.
    const turned = corners.map((_, at) => corners[at - (at % 4) + ((at + 2) % 4)] ?? 0);
    expect(await chosen(3, 0, turned)).toEqual(await chosen(3, 0));
    const middles = corners.map((value, at) =>
      at % 4 < 2 ? (value + (corners[at + 2] ?? 0)) / 2 : value - (corners[at - 2] ?? 0),
    );
    expect(await chosen(3, 0, middles, 1)).toEqual(await chosen(3, 0));
  });

  it('Compress, whose flags are computed', async () => {
    const model = modelOf({
      inputs: [floatInfo('x', [4])],
      outputs: [floatInfo('y', [undefined])],
      initializers: [{ ...ints('zero', [0]), dtype: 'float32', dims: [], data: Float32Array.of(0) }],
      nodes: [node('Greater', ['x', 'zero'], ['flags']), node('Compress', ['x', 'flags'], ['y'])],
    });
    const y = (await staged(model, new Map([['x', float([4], [3, -1, 0, 2])]]))).get('y');
    expect(y).toMatchObject({ shape: [2], data: Float64Array.of(3, 2) });
  });

  it('TopK of more than are looked for one after another: as a sort has them, the first of equals first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 300, maxLength: 300 }),
        fc.constantFrom(0, 1),
        fc.constantFrom(0, 1),
        async (list, axis, largest) => {
          const shape = axis === 0 ? [150, 2] : [2, 150];
          const attributes = { axis, largest };
          const one = { op: 'TopK', inputs: [f(shape, list), i(130)], outputs: 2, attributes };
          const [values, places] = await outputsOf(one);
          const lane = (all: readonly number[], j: number, length: number) =>
            Array.from({ length }, (_, k) => all[axis === 0 ? 2 * k + j : j * length + k] ?? NaN);
          for (const j of [0, 1]) {
            const own = lane(list, j, 150);
            const order = own.map((value, k) => [value, k] as const);
            order.sort(([x, k], [y, l]) => (largest === 1 ? y - x : x - y) || k - l);
            expect(lane(values?.data ?? [], j, 130)).toEqual(order.slice(0, 130).map(([value]) => value));
            expect(lane(places?.data ?? [], j, 130)).toEqual(order.slice(0, 130).map(([, k]) => k));
          }
        },
      ),
      { numRuns: tries(5) },
    );
  });

  it('shapes, rounds and branches that hang on what was chosen', async () => {
    const branch = (name: string, op: string) => ({
      ...modelOf({ nodes: [node(op, ['many'], [name])], outputs: [floatInfo(name, [undefined])] }).graph,
    });
    const model = modelOf({
      inputs: [floatInfo('x', [5])],
      outputs: [floatInfo('y', [undefined])],
      initializers: [ints('one', [1]), { ...ints('two', [2]), dims: [] }],
      nodes: [
        node('NonZero', ['x'], ['places']),
        node('Squeeze', ['places'], ['list']),
        node('Gather', ['x', 'list'], ['kept']),
        node('ReduceMax', ['kept'], ['top'], [{ kind: 'int', name: 'keepdims', value: 0n }]),
        node('Cast', ['top'], ['count'], [{ kind: 'int', name: 'to', value: 7n }]),
        node('Unsqueeze', ['count', 'axis'], ['shape']),
        node('Expand', ['top', 'shape'], ['many']),
        node('Greater', ['count', 'two'], ['large']),
        node(
          'If',
          ['large'],
          ['y'],
          [
            { kind: 'graph', name: 'then_branch', value: branch('a', 'Neg') },
            {
              kind: 'graph',
              name: 'else_branch',
              value: { ...branch('b', 'Identity'), nodes: [node('Slice', ['many', 'none', 'one'], ['b'])] },
            },
          ],
        ),
      ],
    });
    const whole = modelOf({
      ...model.graph,
      initializers: [...model.graph.initializers, ints('axis', [0]), ints('none', [0])],
    });
    const y = async (...x: readonly number[]) =>
      (await staged(whole, new Map([['x', float([5], x)]]))).get('y');
    expect(await y(0, 3, 0, 1, 0)).toMatchObject({ shape: [3], data: Float64Array.of(-3, -3, -3) });
    expect(await y(0, 2, 0, 1, 0)).toMatchObject({ shape: [1], data: Float64Array.of(2) });
  });

  it('what was computed to be told is not computed again', async () => {
    const yes: OnnxTensor = { name: 'yes', dims: [], dtype: 'bool', data: Uint8Array.of(1) };
    const body = modelOf({
      inputs: [
        { name: 'i', type: { kind: 'tensor', dtype: 'int64', shape: [] } },
        { name: 'on', type: { kind: 'tensor', dtype: 'bool', shape: [] } },
        floatInfo('state', [undefined]),
      ],
      // What is outside is used inside alone.
      nodes: [node('Add', ['state', 'middle'], ['next']), node('Identity', ['on'], ['still'])],
      outputs: [{ name: 'still', type: { kind: 'unknown' } }, floatInfo('next', [undefined])],
    });
    const model = modelOf({
      inputs: [floatInfo('x', [1, 3])],
      outputs: [floatInfo('y', [undefined])],
      initializers: [
        yes,
        f([3, 4], [1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 1, 0]),
        ints('zero', [0]),
        ints('flat', [-1]),
        ints('last', [1]),
      ].map((tensor, at) => (at === 1 ? { ...tensor, name: 'w' } : tensor)),
      nodes: [
        node('MatMul', ['x', 'w'], ['wide']),
        node('Reshape', ['wide', 'flat'], ['line']),
        node('ReduceSum', ['wide'], ['middle'], [{ kind: 'int', name: 'keepdims', value: 0n }]),
        node('NonZero', ['line'], ['places']),
        node('Squeeze', ['places', 'zero'], ['list']),
        node('Gather', ['line', 'list'], ['kept']),
        node('NonZero', ['kept'], ['all']),
        node('Shape', ['all'], ['shape']),
        node('Gather', ['shape', 'last'], ['many']),
        node('ReduceMax', ['kept'], ['top']),
        node('Cast', ['top'], ['count'], [{ kind: 'int', name: 'to', value: 7n }]),
        node('Min', ['many', 'count'], ['rounds']),
        node('Loop', ['rounds', 'yes', 'kept'], ['y'], [{ kind: 'graph', name: 'body', value: body.graph }]),
      ],
    });
    const feeds = new Map([['x', float([1, 3], [1, 0, 2])]]);
    const products: number[] = [];
    const count = (part: ImportedModel) => part.graph.nodes.filter(({ op }) => op === 'MatMul').length;
    const { imported } = await readInStages(model, 'it', {}, async (part) => {
      products.push(count(part));
      return run(part, feeds);
    });
    expect(products).toEqual([1, 0]);
    expect(count(imported)).toBe(1);
    // [1, 0, 2, 2] without its 0, to which the sum, 5, is added twice, 2 being the largest.
    const y = (await run(imported, feeds)).get('y');
    expect(y).toMatchObject({ shape: [3], data: Float64Array.of(11, 12, 12) });
  });

  it('is refused where two nodes that hold nodes are called the same', () => {
    const body = modelOf({
      nodes: [node('NonZero', ['x'], ['p'])],
      outputs: [floatInfo('p', [1, undefined])],
    });
    const holder = (output: string) =>
      node(
        'If',
        ['yes'],
        [output],
        [
          { kind: 'graph', name: 'then_branch', value: body.graph },
          { kind: 'graph', name: 'else_branch', value: body.graph },
        ],
        { name: 'same' },
      );
    const model = modelOf({
      inputs: [floatInfo('x', [5])],
      outputs: [floatInfo('y', [1, undefined]), floatInfo('z', [1, undefined])],
      initializers: [{ name: 'yes', dims: [], dtype: 'bool', data: Uint8Array.of(1) }],
      nodes: [holder('y'), holder('z')],
    });
    expect(() => importStage(model, 'it', { told: new Map() })).toThrow('is called as another node is');
  });
});

it('a tensor is there, and what is left out is not', async () => {
  const asked = { op: 'OptionalHasElement', opset: 18 };
  expect(await outputOf({ ...asked, inputs: [f([2], [1, 2])] })).toMatchObject({
    dtype: 'bool',
    shape: [],
    data: [1],
  });
  expect((await outputOf({ ...asked, inputs: [undefined] })).data).toEqual([0]);
});
