/** Recurrent layers against their equations, written out for a hidden state of one number. */
import { expect, it } from 'vitest';
import { f, outputsOf } from './lowered.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const text = [0.5, -1, 2];
const x = f([3, 1, 1], text);

it('LSTM: gates in the order input, output, forget, cell', async () => {
  const w = [0.1, 0.2, 0.3, 0.4];
  const r = [0.5, -0.6, 0.7, -0.8];
  const bias = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08];
  const [every, hidden, cell] = await outputsOf({
    op: 'LSTM',
    inputs: [x, f([1, 4, 1], w), f([1, 4, 1], r), f([1, 8], bias)],
    attributes: { hidden_size: 1 },
    outputs: 3,
  });
  let [h, c] = [0, 0];
  const expected = text.map((value) => {
    const gate = (i: number) => w[i]! * value + r[i]! * h + bias[i]! + bias[i + 4]!;
    const [input, output, forget, candidate] = [gate(0), gate(1), gate(2), gate(3)];
    c = sigmoid(forget) * c + sigmoid(input) * Math.tanh(candidate);
    h = sigmoid(output) * Math.tanh(c);
    return h;
  });
  expect(every?.shape).toEqual([3, 1, 1, 1]);
  every?.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  expect(hidden?.data[0]).toBeCloseTo(h, 6);
  expect(cell?.data[0]).toBeCloseTo(c, 6);
});

it.each([0, 1] as const)('GRU with linear_before_reset=%i, backwards', async (linear) => {
  const w = [0.1, 0.2, 0.3];
  const r = [0.5, -0.6, 0.7];
  const bias = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06];
  const [every, hidden] = await outputsOf({
    op: 'GRU',
    inputs: [x, f([1, 3, 1], w), f([1, 3, 1], r), f([1, 6], bias)],
    attributes: { hidden_size: 1, linear_before_reset: linear, direction: 'reverse' },
    outputs: 2,
  });
  let h = 0;
  const expected = text
    .toReversed()
    .map((value) => {
      const update = sigmoid(w[0]! * value + r[0]! * h + bias[0]! + bias[3]!);
      const reset = sigmoid(w[1]! * value + r[1]! * h + bias[1]! + bias[4]!);
      const recalled = linear === 1 ? reset * (r[2]! * h + bias[5]!) : r[2]! * (reset * h) + bias[5]!;
      h = (1 - update) * Math.tanh(w[2]! * value + bias[2]! + recalled) + update * h;
      return h;
    })
    .toReversed();
  every?.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  expect(hidden?.data[0]).toBeCloseTo(h, 6);
});

it('RNN in both directions, from a state that is given', async () => {
  const [every] = await outputsOf({
    op: 'RNN',
    inputs: [
      x,
      f([2, 1, 1], [0.5, 1]),
      f([2, 1, 1], [0.25, -0.5]),
      undefined,
      undefined,
      f([2, 1, 1], [1, -1]),
    ],
    attributes: { hidden_size: 1, direction: 'bidirectional' },
  });
  let [forward, backward] = [1, -1];
  const there = text.map((value) => (forward = Math.tanh(0.5 * value + 0.25 * forward)));
  const back = text
    .toReversed()
    .map((value) => (backward = Math.tanh(value - 0.5 * backward)))
    .toReversed();
  const expected = there.flatMap((value, t) => [value, back[t]!]);
  expect(every?.shape).toEqual([3, 2, 1, 1]);
  every?.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
});
