import { readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { print } from '../../../src/graph/print.ts';
import { floats, integers } from '../../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { classification } from '../../../src/tasks/images/loss.ts';
import { Meter } from '../../../src/learn/meter.ts';
import { addLogits } from '../../../src/tasks/images/measure.ts';

it('cross-entropy and hits in the graph and on the host are the same', async () => {
  const b = new GraphBuilder();
  const { loss, correct } = classification(
    b,
    b.input('logits', [3, 4]),
    b.input('labels', [3], { dtype: 'int64' }),
  );
  const program = await createReferenceRuntime().compile(b.finish('loss', { loss, correct }));
  const logits = floats([3, 4], [0.5, -1, 2, 0, 3, 1, 1, 1, -700, 700, 0, 0.25]);
  const outputs = await program.run(
    new Map([
      ['logits', logits],
      ['labels', integers([3], [2, 1, 1])],
    ]),
  );
  const meter = new Meter();
  addLogits(meter, logits, Int32Array.of(2, 1, 1));
  const row = (values: number[], label: number) =>
    Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0)) - (values[label] ?? 0);
  expect(meter.loss).toBeCloseTo((row([0.5, -1, 2, 0], 2) + row([3, 1, 1, 1], 1) + 0) / 3, 12);
  expect(outputs.get('loss')?.data[0]).toBeCloseTo(meter.loss, 12);
  expect(outputs.get('correct')?.data[0]).toBe(2);
  expect(meter.accuracy).toBeCloseTo(2 / 3, 12);
});

it('smoothed, the target is mostly the label and a little of every class', async () => {
  const b = new GraphBuilder();
  const [logits, labels] = [b.input('logits', [2, 4]), b.input('labels', [2], { dtype: 'int64' })];
  const { loss, correct } = classification(b, logits, labels, 0.1);
  const program = await createReferenceRuntime().compile(b.finish('loss', { loss, correct }));
  const rows = [
    [0.5, -1, 2, 0],
    [3, 1, 1, -2],
  ];
  const outputs = await program.run(
    new Map([
      ['logits', floats([2, 4], rows.flat())],
      ['labels', integers([2], [2, 1])],
    ]),
  );
  const expected = rows.map((row, n) => {
    const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    return -row.reduce((sum, value, k) => {
      const target = (k === [2, 1][n] ? 0.9 : 0) + 0.1 / 4;
      return sum + target * (value - total);
    }, 0);
  });
  expect(outputs.get('loss')?.data[0]).toBeCloseTo(((expected[0] ?? 0) + (expected[1] ?? 0)) / 2, 12);
  expect(outputs.get('correct')?.data[0]).toBe(1);
});

interface PyTorch {
  readonly logits: readonly number[];
  readonly labels: readonly number[];
  readonly cases: readonly {
    readonly weights: readonly number[];
    readonly smoothing: number;
    readonly loss: number;
    readonly gradient: readonly number[];
  }[];
}

it('weighted by class, loss and gradient are those of PyTorch, smoothed or not', async () => {
  const file = new URL('../../../fixtures/cross-entropy/pytorch.json', import.meta.url);
  const { logits, labels, cases } = JSON.parse(await readFile(file, 'utf8')) as PyTorch;
  const images = labels.length;
  for (const { weights, smoothing, loss: expected, gradient } of cases) {
    const b = new GraphBuilder();
    const given = b.input('logits', [images, logits.length / images]);
    const of = b.input('labels', [images], { dtype: 'int64' });
    const { loss, correct } = classification(b, given, of, smoothing, weights);
    const [slope] = grad(b, loss, [given]);
    if (slope === undefined) throw new Error('no gradient');
    const program = await createReferenceRuntime().compile(b.finish('loss', { loss, correct, slope }));
    const outputs = await program.run(
      new Map([
        ['logits', floats([images, logits.length / images], [...logits])],
        ['labels', integers([images], [...labels])],
      ]),
    );
    expect(outputs.get('loss')?.data[0]).toBeCloseTo(expected, 12);
    const found = [...(outputs.get('slope')?.data ?? [])];
    expect(found).toEqual(gradient.map((each) => expect.closeTo(each, 12)));
  }
});

it('weighted alike, it is the unweighted one; without weights the graph is as it was', async () => {
  const made = (weights?: readonly number[]) => {
    const b = new GraphBuilder();
    const [logits, labels] = [b.input('logits', [2, 3]), b.input('labels', [2], { dtype: 'int64' })];
    return b.finish('loss', { ...classification(b, logits, labels, 0.25, weights) });
  };
  expect(print(made())).toMatchInlineSnapshot(`
    "graph loss(logits: float32[2, 3], labels: int64[2]) {
      onehot = OneHot(labels, depth=3) : float32[2, 3]
      constant = Constant(dtype="float32", shape=[], values=[0.75]) : float32[]
      mul = Mul(onehot, constant) : float32[2, 3]
      constant_1 = Constant(dtype="float32", shape=[], values=[0.08333333333333333]) : float32[]
      add = Add(mul, constant_1) : float32[2, 3]
      logsoftmax = LogSoftmax(logits, axis=-1) : float32[2, 3]
      dot = Dot(logsoftmax, add) : float32[]
      reducemax = ReduceMax(logits, axes=[1], keepdims=1) : float32[2, 1]
      equal = Equal(logits, reducemax) : bool[2, 3]
      cast = Cast(equal, to="float32") : float32[2, 3]
      constant_2 = Constant(dtype="float32", shape=[], values=[-0.5]) : float32[]
      mul_1 = Mul(dot, constant_2) : float32[]
      dot_1 = Dot(cast, onehot) : float32[]
      return loss = mul_1, correct = dot_1
    }
    "
  `);
  const feeds = new Map([
    ['logits', floats([2, 3], [1, 2, -1, 0.5, 0, 3])],
    ['labels', integers([2], [1, 0])],
  ]);
  const lossOf = async (weights?: readonly number[]) =>
    (await (await createReferenceRuntime().compile(made(weights))).run(feeds)).get('loss')?.data[0];
  expect(await lossOf([7, 7, 7])).toBeCloseTo((await lossOf()) ?? Number.NaN, 12);
});
