/** Activations, at points whose values were worked out with a pocket calculator, from the formulas of ONNX's pages. */
import { describe, expect, it } from 'vitest';
import { f, outputOf, type OneNode } from './lowered.ts';

const at = f([5], [-3, -1, 0, 1, 3]);

const cases: readonly (readonly [Omit<OneNode, 'inputs'>, readonly number[]])[] = [
  [{ op: 'LeakyRelu', attributes: { alpha: 0.1 } }, [-0.3, -0.1, 0, 1, 3]],
  [{ op: 'Elu', attributes: { alpha: 2 }, reals: ['alpha'] }, [-1.900426, -1.264241, 0, 1, 3]],
  [{ op: 'HardSigmoid' }, [0, 0.3, 0.5, 0.7, 1]],
  [{ op: 'HardSwish' }, [0, -1 / 3, 0, 2 / 3, 3]],
  [{ op: 'Softplus' }, [0.048587, 0.313262, Math.LN2, 1.313262, 3.048587]],
  [{ op: 'Softsign' }, [-0.75, -0.5, 0, 0.5, 0.75]],
  [{ op: 'Gelu', opset: 20 }, [-0.00404951, -0.158655, 0, 0.841345, 2.995951]],
  [
    { op: 'Gelu', opset: 20, attributes: { approximate: 'tanh' } },
    [-0.00363739, -0.158808, 0, 0.841192, 2.996363],
  ],
  [{ op: 'Clip', opset: 7, attributes: { min: -1, max: 2 }, reals: ['min', 'max'] }, [-1, -1, 0, 1, 2]],
  [{ op: 'Mish', opset: 18 }, [-0.145647, -0.303401, 0, 0.865098, 2.986535]],
  [{ op: 'ThresholdedRelu', attributes: { alpha: 1 }, reals: ['alpha'] }, [0, 0, 0, 0, 3]],
  [{ op: 'Shrink', attributes: { lambd: 2, bias: 0.5 }, reals: ['lambd'] }, [-2.5, 0, 0, 0, 2.5]],
];

describe('an activation is its formula', () => {
  it.each(cases)('%o', async (one, expected) => {
    const { data, dtype } = await outputOf({ ...one, inputs: [at] });
    expect(dtype).toBe('float32');
    data.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
  });
});

it('a bound of Clip may be left out', async () => {
  const upper = { op: 'Clip', inputs: [at, undefined, f([], [1])] } as const;
  expect((await outputOf(upper)).data).toEqual([-3, -1, 0, 1, 1]);
});

it('Softmax of an older operator set is over all axes from its own on', async () => {
  const x = f([1, 2, 2], [0, 0, 0, Math.log(5)]);
  const { data } = await outputOf({ op: 'Softmax', opset: 11, inputs: [x] });
  data.forEach((value, i) => expect(value).toBeCloseTo(i === 3 ? 5 / 8 : 1 / 8, 6));
});
