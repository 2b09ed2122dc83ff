/** Tensors of no elements, whose shapes libraries get wrong: each op gives what the reference gives, in every backend. */
import { describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { specialise } from '../../../src/graph/specialise.ts';
import type { Shape, Value } from '../../../src/graph/types.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import { findExtra } from '../../../src/runtime/extra/packages.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { randomFeeds } from '../../support/feeds.ts';

const there = {
  cpu: true,
  wasm: findExtra('@tensorflow/tfjs-backend-wasm') !== undefined,
  tensorflow: await loadTensorFlow().then(
    () => true,
    () => false,
  ),
};

const windows = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } as const;
const conv = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 } as const;
const all = (b: GraphBuilder, x: Value) => b.op('ReduceSum', [x], { axes: [0, 1, 2, 3], keepdims: 0 });

/** A graph of `x`, of the shape. */
const graphs: readonly (readonly [string, Shape, (b: GraphBuilder, x: Value) => Value | readonly Value[]])[] =
  [
    ['Conv', [0, 1, 5, 5], (b, x) => b.op('Conv', [x, b.input('w', [2, 1, 3, 3])], conv)],
    [
      'Conv of groups',
      [0, 2, 5, 5],
      (b, x) => b.op('Conv', [x, b.input('w', [4, 1, 3, 3])], { ...conv, group: 2 }),
    ],
    [
      'ConvTranspose',
      [0, 2, 3, 3],
      (b, x) => b.op('ConvTranspose', [x, b.input('w', [2, 3, 3, 3])], { ...conv, output_padding: [0, 0] }),
    ],
    ['Conv, its sum', [0, 1, 5, 5], (b, x) => all(b, b.op('Conv', [x, b.input('w', [2, 1, 3, 3])], conv))],
    ['MaxPool', [0, 2, 5, 5], (b, x) => b.op('MaxPool', [x], windows)],
    ['MaxPool and where', [0, 2, 5, 5], (b, x) => b.node('MaxPool', [x], windows)],
    ['AveragePool', [0, 2, 5, 5], (b, x) => b.op('AveragePool', [x], { ...windows, count_include_pad: 0 })],
    [
      'pools of no channels, and an open batch',
      ['n', 0, 5, 5],
      (b, x) => [
        b.op('AveragePool', [x], { ...windows, count_include_pad: 0 }),
        ...b.node('MaxPool', [x], windows),
        b.op('GlobalAveragePool', [x]),
      ],
    ],
    ['GlobalAveragePool', [0, 2, 5, 5], (b, x) => b.op('GlobalAveragePool', [x])],
    [
      'BatchNormalization',
      [0, 2, 3, 3],
      (b, x) =>
        b.op('BatchNormalization', [x, ...['s', 'b', 'm', 'v'].map((name) => b.input(name, [2]))], {
          epsilon: 1e-5,
        }),
    ],
    [
      'BatchNormalization of a Conv, and back',
      [0, 1, 5, 5],
      (b, x) => {
        const z = b.op('Conv', [x, b.input('w', [2, 1, 3, 3])], conv);
        const norm = ['s', 'b', 'm', 'v'].map((name) => b.input(name, [2]));
        const y = b.op('Relu', [b.op('BatchNormalization', [z, ...norm], { epsilon: 1e-5 })]);
        return [
          z,
          y,
          b.op('Reshape', [y], { shape: [2, 0, 9] }),
          b.op('Transpose', [y], { perm: [1, 2, 3, 0] }),
        ];
      },
    ],
    ['MatMul of no rows', [0, 4], (b, x) => b.op('MatMul', [x, b.input('w', [4, 3])])],
    ['MatMul of no terms', [2, 0], (b, x) => b.op('MatMul', [x, b.input('w', [0, 3])])],
    ['MatMul of no matrices', [0, 2, 4], (b, x) => b.op('MatMul', [x, b.input('w', [4, 3])])],
    [
      'Gemm of no rows',
      [0, 4],
      (b, x) =>
        b.op('Gemm', [x, b.input('w', [3, 4]), b.input('c', [3])], {
          alpha: 1,
          beta: 1,
          transA: 0,
          transB: 1,
        }),
    ],
    [
      'Gemm of no terms',
      [2, 0],
      (b, x) =>
        b.op('Gemm', [x, b.input('w', [3, 0]), b.input('c', [3])], {
          alpha: 1,
          beta: 1,
          transA: 0,
          transB: 1,
        }),
    ],
    ['Concat with something', [0, 3], (b, x) => b.op('Concat', [x, b.input('y', [2, 3])], { axis: 0 })],
    ['Concat of nothing', [0, 3], (b, x) => b.op('Concat', [x, x], { axis: 1 })],
    ['Split with a part of nothing', [2, 3], (b, x) => b.node('Split', [x], { axis: 1, split: [0, 3] })],
    [
      'Slice of nothing',
      [2, 3],
      (b, x) => b.op('Slice', [x], { axes: [1], starts: [1], ends: [1], steps: [1] }),
    ],
    ['Pad around nothing', [0, 2], (b, x) => b.op('Pad', [x], { pads: [1, 0, 1, 1], value: 3 })],
    ['ReduceSum to nothing', [0, 3], (b, x) => b.op('ReduceSum', [x], { axes: [1], keepdims: 1 })],
    ['ReduceSum of nothing', [0, 3], (b, x) => b.op('ReduceSum', [x], { axes: [0], keepdims: 0 })],
    [
      'ReduceSum of a batch of nothing',
      [2, 0, 3, 3],
      (b, x) => b.op('ReduceSum', [x], { axes: [1], keepdims: 1 }),
    ],
    ['ReduceMax to nothing', [3, 0], (b, x) => b.op('ReduceMax', [x], { axes: [0], keepdims: 0 })],
    ['ArgMax to nothing', [3, 0], (b, x) => b.op('ArgMax', [x], { axis: 0, keepdims: 1 })],
    ['Softmax', [0, 3], (b, x) => b.op('Softmax', [x], { axis: -1 })],
    ['LogSoftmax', [2, 0, 3], (b, x) => b.op('LogSoftmax', [x], { axis: -1 })],
    ['Add, broadcast', [0, 3], (b, x) => b.op('Add', [x, b.input('y', [1, 3])])],
    ['Sum', [0, 3], (b, x) => b.op('Sum', [x, x, x])],
    ['Expand', [0, 1], (b, x) => b.op('Expand', [x], { shape: [2, 0, 3] })],
    [
      'Greater, and what it chooses',
      [0, 3],
      (b, x) => b.op('Where', [b.op('Greater', [x, b.constant(0)]), x, x]),
    ],
    ['Cast', [0, 3], (b, x) => b.op('Cast', [x], { to: 'int64' })],
    ['OneHot', [0, 3], (b, x) => b.op('OneHot', [b.op('Cast', [x], { to: 'int64' })], { depth: 4 })],
    [
      'Gather of nothing',
      [2, 3],
      (b, x) => b.op('Gather', [x, b.op('Cast', [b.input('i', [0, 2])], { to: 'int64' })], { axis: 1 }),
    ],
    ['Flatten', [2, 0, 3], (b, x) => b.op('Flatten', [x], { axis: 1 })],
    [
      'Scan whose steps make nothing',
      [4, 0, 2],
      (b, x) => {
        const body = new GraphBuilder();
        const [before, here] = [body.input('before', []), body.input('here', [0, 2])];
        const row = body.op('MatMul', [
          here,
          body.constant(
            Array.from({ length: 6 }, () => 1),
            [2, 3],
          ),
        ]);
        const after = body.op('Add', [before, body.constant(1)]);
        return b.node('Scan', [b.constant(0), x], {
          body: body.finish('step', { after, row }),
          states: 1,
          sequences: 1,
        });
      },
    ],
  ];

const reference = createReferenceRuntime();

async function outputs(runtime: Runtime, [, shape, make]: (typeof graphs)[number]): Promise<unknown> {
  const b = new GraphBuilder();
  const made = make(b, b.input('x', shape));
  const values = Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
  const graph = b.finish('nothing', Object.fromEntries(values.map((value, i) => [`y${i}`, value])));
  const program = await runtime.compile(graph);
  const plain = ([name, { dtype, shape: extents, data }]: readonly [string, Tensor]) =>
    [name, dtype, extents, Array.from(data, (value) => Number(value.toFixed(3)))] as const;
  try {
    // Twice: what is made in one run is gone in the next.
    const feeds = randomFeeds(specialise(graph, new Map([['n', 2]])), 1);
    await program.run(feeds);
    return [...(await program.run(feeds))].map(plain);
  } finally {
    program.dispose();
  }
}

for (const backend of ['cpu', 'wasm', 'tensorflow'] as const) {
  describe.skipIf(!there[backend])(`in tfjs's ${backend}`, () => {
    it.each(graphs)('%s', async (...each) => {
      const runtime = await createTfjsRuntime(backend);
      const before = runtime.alive();
      expect(await outputs(runtime, each)).toEqual(await outputs(reference, each));
      expect(runtime.alive()).toBe(before);
    });
  });
}
