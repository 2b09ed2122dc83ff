import { describe, expect, it } from 'vitest';

import { exportOnnx } from '../../../exporters/onnx/export.ts';
import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { floats, integers, scalar, type Tensor } from '../../../src/graph/tensor.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import { Random } from '../../../src/random.ts';
import { createOnnxSessionFromFile } from '../../../src/runtime/onnxruntime/file.ts';
import { createOnnxRuntime } from '../../../src/runtime/onnxruntime/runtime.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';

const onnxruntime = await createOnnxRuntime('cpu');
const reference = createReferenceRuntime();

/** A training step of a net with every layer that training is written specially for. */
function trainingStep(): { readonly graph: Graph; readonly updates: ReadonlyMap<string, string> } {
  const b = new GraphBuilder();
  const [image, labels] = [b.input('image', [8, 3, 8, 8]), b.input('labels', [8], { dtype: 'int64' })];
  const weights: Value[] = [];
  const weight = (name: string, shape: readonly number[], bound: number): Value => {
    const made = b.input(name, shape, { role: 'weight', initializer: { kind: 'uniform', bound } });
    weights.push(made);
    return made;
  };
  const conv = (x: Value, w: Value, stride: number, pad: number, group = 1, dilation = 1): Value =>
    b.op('Conv', [x, w], {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      dilations: [dilation, dilation],
      group,
    });
  const norm = (x: Value, name: string, channels: number): Value => {
    const bias = b.filled(0, [channels]);
    return b.op('BatchNormTrain', [x, weight(name, [channels], 1), bias], { epsilon: 1e-5 });
  };
  const pool = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } as const;
  const stem = norm(conv(image, weight('stem', [6, 3, 3, 3], 0.3), 1, 1), 'scale0', 6);
  const deep = conv(b.op('Relu', [stem]), weight('deep', [6, 1, 5, 5], 0.3), 2, 2, 6);
  const wide = conv(deep, weight('wide', [6, 1, 3, 3], 0.3), 1, 2, 6, 2);
  const mixed = b.op('Sum', [
    norm(conv(wide, weight('point', [6, 6, 1, 1], 0.4), 1, 0), 'scale1', 6),
    b.op('MaxPool', [stem], pool),
    b.op('AveragePool', [stem], { ...pool, count_include_pad: 0 }),
  ]);
  const features = b.op('Flatten', [b.op('GlobalAveragePool', [mixed])], { axis: 1 });
  const logits = b.op('Gemm', [features, weight('head', [4, 6], 0.4)], {
    alpha: 1,
    beta: 1,
    transA: 0,
    transB: 1,
  });
  const logProbability = b.op('Dot', [
    b.op('LogSoftmax', [logits], { axis: -1 }),
    b.op('OneHot', [labels], { depth: 4 }),
  ]);
  const loss = b.op('Mul', [logProbability, b.constant(-1 / 8)]);
  const outputs: Record<string, Value> = { loss };
  const updates = new Map<string, string>();
  const [rate, clip] = [b.constant(0.1), b.constant(1)];
  grad(b, loss, weights).forEach((gradient, i) => {
    const w = weights[i] as Value;
    const velocity = b.input(`velocity.${w.name}`, w.type.shape, {
      role: 'optimizer',
      initializer: { kind: 'constant', value: 0 },
    });
    const next = b.node('SgdMomentum', [w, gradient, velocity, rate, clip], {
      momentum: 0.9,
      weight_decay: 3e-4,
    });
    [w, velocity].forEach((state, k) => {
      outputs[`next.${state.name}`] = next[k] as Value;
      updates.set(`next.${state.name}`, state.name);
    });
  });
  return { graph: b.finish('step', outputs), updates };
}

/** Losses of some steps over two batches, and the state after them. */
async function train(
  runtime: Runtime,
  steps: number,
): Promise<{ losses: number[]; state: Map<string, Tensor> }> {
  const { graph, updates } = trainingStep();
  const store = runtime.createStore();
  store.write(initialise(graph, new Random(1)));
  const program = await runtime.compile(graph, { store, updates });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const random = new Random(step % 2);
    const image = Float32Array.from({ length: 8 * 3 * 64 }, () => random.normal());
    const labels = Int32Array.from({ length: 8 }, () => random.integer(4));
    const feeds = new Map([
      ['image', floats([8, 3, 8, 8], image)],
      ['labels', integers([8], labels)],
    ]);
    losses.push((await program.run(feeds)).get('loss')?.data[0] ?? NaN);
  }
  const state = await store.read();
  program.dispose();
  store.dispose();
  return { losses, state };
}

describe('training', () => {
  it('follows the reference step by step, and learns', async () => {
    const [given, expected] = [await train(onnxruntime, 20), await train(reference, 20)];
    given.losses.forEach((loss, step) => expect(loss).toBeCloseTo(expected.losses[step] ?? NaN, 5));
    expect(given.losses.at(-1)).toBeLessThan(0.75 * (given.losses[0] ?? 0));
    for (const [name, { data }] of expected.state) {
      const off = data.map((value, i) => Math.abs(value - (given.state.get(name)?.data[i] ?? NaN)));
      expect(Math.max(...off), name).toBeLessThan(1e-4);
    }
  });
});

describe('outputs that are not computed', () => {
  it('come out: inputs, constants, one value under two names; unused inputs are fed and ignored', async () => {
    const b = new GraphBuilder();
    const [x, unused] = [b.input('x', [2]), b.input('unused', [3])];
    const y = b.op('Neg', [x]);
    const built = b.finish('names', { x, y, again: y, one: b.constant(1) });
    const graph = { ...built, inputs: [...built.inputs, { value: unused, role: 'data' as const }] };
    const program = await onnxruntime.compile(graph);
    const outputs = await program.run(
      new Map([
        ['x', floats([2], [1, 2])],
        ['unused', floats([3], [0, 0, 0])],
      ]),
    );
    const list = Object.fromEntries([...outputs].map(([name, { data }]) => [name, [...data]]));
    expect(list).toEqual({ x: [1, 2], y: [-1, -2], again: [-1, -2], one: [1] });
    program.dispose();
    await expect(program.run(new Map())).rejects.toThrow('disposed');
  });

  it('update state, also where a feed becomes state', async () => {
    const b = new GraphBuilder();
    const [kept, fed] = [b.input('kept', [1], { role: 'buffer' }), b.input('fed', [1])];
    const store = onnxruntime.createStore();
    store.write(new Map([['kept', floats([1], [5])]]));
    const graph = b.finish('swap', { before: b.op('Identity', [kept]), after: fed });
    const program = await onnxruntime.compile(graph, { store, updates: new Map([['after', 'kept']]) });
    const data = Float32Array.of(7);
    await program.run(new Map([['fed', floats([1], data)]]));
    data[0] = 0;
    expect([...((await store.read()).get('kept')?.data ?? [])]).toEqual([7]);
    program.dispose();
  });
});

describe('failures', () => {
  it('of a run name the graph and keep the reason', async () => {
    const b = new GraphBuilder();
    const indices = b.input('indices', [2], { dtype: 'int64' });
    const graph = b.finish('lookup', { y: b.op('Gather', [b.input('x', [3]), indices], { axis: 0 }) });
    const program = await onnxruntime.compile(graph);
    const feeds = new Map([
      ['x', floats([3], [1, 2, 3])],
      ['indices', integers([2], [0, 9])],
    ]);
    const error = await program.run(feeds).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'runtime/failed' });
    expect(String(error)).toMatch(/"lookup".*indices/);
    program.dispose();
  });

  it('of a store of another runtime, or an update of nothing, are bugs', async () => {
    const { graph, updates } = trainingStep();
    await expect(onnxruntime.compile(graph, { store: reference.createStore() })).rejects.toThrow('internal');
    await expect(onnxruntime.compile(graph, { store: onnxruntime.createStore(), updates })).rejects.toThrow(
      'internal: the store has no',
    );
  });
});

describe('a model file', () => {
  const model = (): Uint8Array => {
    const b = new GraphBuilder();
    return exportOnnx(b.finish('double', { y: b.op('Add', [b.input('x', ['batch', 2]), b.constant(1)]) }));
  };

  it('says what it takes and gives, and runs', async () => {
    const session = await createOnnxSessionFromFile(model(), 'cpu');
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 2] }]);
    expect(session.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['batch', 2] }]);
    const outputs = await session.run(new Map([['x', floats([1, 2], [1, 2])]]));
    expect([...(outputs.get('y')?.data ?? [])]).toEqual([2, 3]);
    await expect(session.run(new Map([['x', scalar(1)]]))).rejects.toMatchObject({ code: 'runtime/failed' });
    session.dispose();
  });

  it('that is missing, or is no model, is refused with its name', async () => {
    await expect(createOnnxSessionFromFile('nowhere/model.onnx', 'cpu')).rejects.toMatchObject({
      code: 'data/missing',
      message: expect.stringContaining('nowhere/model.onnx') as string,
    });
    await expect(createOnnxSessionFromFile(Uint8Array.of(1, 2, 3), 'cpu')).rejects.toMatchObject({
      code: 'onnx/invalid',
    });
  });

  it('that is newer than onnxruntime is not called damaged, nor its reason hidden in C++', async () => {
    const newer = Uint8Array.from(model());
    // The first field is the version: its tag and its number.
    expect([...newer.subarray(0, 2)]).toEqual([8, 8]);
    newer[1] = 99;
    await expect(createOnnxSessionFromFile(newer, 'cpu')).rejects.toMatchObject({
      code: 'onnx/unsupported',
      message: expect.stringMatching(/^[^(]*Unsupported model IR version: 99, max supported/) as string,
    });
  });
});
