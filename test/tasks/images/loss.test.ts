import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/graph/builder.ts';
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
