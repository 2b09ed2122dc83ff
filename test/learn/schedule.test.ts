import { describe, expect, it } from 'vitest';
import { searchPresets } from '../../src/tasks/images/search-settings.ts';
import { trainPresets } from '../../src/tasks/images/train-settings.ts';
import { cosineRate, rateAt } from '../../src/learn/schedule.ts';

it('the search follows the learning rates of the published logs', () => {
  const { rate, rate_min, epochs } = searchPresets.darts;
  const at = (epoch: number) => cosineRate(rate, rate_min, epoch, epochs);
  expect(at(0)).toBe(0.025);
  // "epoch 1 lr 2.497632e-02" and "epoch 49 lr 1.023679e-03" in the official code's logs.
  expect(at(1).toExponential(6)).toBe('2.497632e-2');
  expect(at(2)).toBeCloseTo(0.02490538, 8);
  expect(at(25)).toBeCloseTo(0.013, 12);
  expect(at(49).toExponential(6)).toBe('1.023679e-3');
});

describe('evaluation', () => {
  it('on CIFAR-10: half a cosine to nothing, constant within each of 600 epochs', () => {
    const at = (epoch: number, step = 0) => rateAt(trainPresets.cifar10, epoch * 521 + step, 521);
    expect(at(0)).toBe(0.025);
    // The learning rate of PyTorch's CosineAnnealingLR(T_max=600, eta_min=0), by its closed form.
    expect(at(1)).toBeCloseTo(0.0125 * (1 + Math.cos(Math.PI / 600)), 15);
    expect(at(1).toExponential(6)).toBe('2.499983e-2');
    expect(at(150)).toBeCloseTo(0.0125 * (1 + Math.SQRT1_2), 15);
    expect(at(300)).toBeCloseTo(0.0125, 15);
    expect(at(599).toExponential(6)).toBe('1.713469e-7');
    expect(at(300, 520)).toBe(at(300));
    expect(at(300, 521)).toBe(at(301));
  });

  it('on ImageNet: down by three hundredths after each of 250 epochs', () => {
    const at = (epoch: number, step = 0) => rateAt(trainPresets.imagenet, epoch * 10_010 + step, 10_010);
    expect(at(0)).toBe(0.1);
    expect(at(0, 10_009)).toBe(0.1);
    expect(at(1)).toBeCloseTo(0.097, 15);
    expect(at(2)).toBeCloseTo(0.09409, 15);
    expect(at(100)).toBeCloseTo(0.1 * 0.97 ** 100, 15);
    expect(at(249).toExponential(3)).toBe('5.083e-5');
  });

  it('quickly: a climb to the full rate, then half a cosine by step that ends at the least', () => {
    const schedule = { ...trainPresets.quick, epochs: 1, rate: 0.1, rate_min: 0, warmup: 0.1 };
    const rates = Array.from({ length: 100 }, (_, step) => rateAt(schedule, step, 100));
    expect(rates[0]).toBeCloseTo(0.01, 12);
    expect(rates[9]).toBeCloseTo(0.1, 12);
    expect(Math.max(...rates)).toBeCloseTo(0.1, 12);
    expect(rates.at(-1)).toBeLessThan(1e-4);
    rates.slice(10).forEach((value, i, list) => expect(value).toBeLessThanOrEqual(list[i - 1] ?? Infinity));
  });

  it.each(['cosine-epoch', 'exponential'] as const)('%s can be warmed up, too', (kind) => {
    const schedule = { ...trainPresets.imagenet, schedule: kind, epochs: 10, warmup: 0.2 };
    const cold = { ...schedule, warmup: 0 };
    expect(rateAt(schedule, 0, 10)).toBeCloseTo(rateAt(cold, 0, 10) / 20, 15);
    expect(rateAt(schedule, 9, 10)).toBeCloseTo(rateAt(cold, 9, 10) / 2, 15);
    expect(rateAt(schedule, 20, 10)).toBe(rateAt(cold, 20, 10));
  });
});
