import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyJitter, drawJitter } from '../../../../src/data/images/imagenet/jitter.ts';
import type { JitterStep } from '../../../../src/data/images/imagenet/jitter.ts';
import { Random } from '../../../../src/random.ts';
import { tries } from '../../../support/properties.ts';

type Rgb = readonly [number, number, number];

const byte = fc.integer({ min: 0, max: 255 }).map((value) => value / 255);
const image = fc.array(fc.tuple(byte, byte, byte), { minLength: 1, maxLength: 12 });
const step: fc.Arbitrary<JitterStep> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('brightness' as const, 'contrast' as const, 'saturation' as const),
    amount: fc.integer({ min: 0, max: 512 }).map((value) => value / 256),
  }),
  fc.record({
    kind: fc.constant('hue' as const),
    amount: fc.integer({ min: -128, max: 128 }).map((value) => value / 256),
  }),
);

/** One change, written from the definitions: colours as triples, hue by the six cases of the hexcone. */
function changed(pixels: readonly Rgb[], { kind, amount }: JitterStep): Rgb[] {
  const luma = ([r, g, b]: Rgb) => 0.2989 * r + 0.587 * g + 0.114 * b;
  const mean = pixels.reduce((sum, pixel) => sum + luma(pixel), 0) / pixels.length;
  return pixels.map((pixel) => {
    if (kind === 'hue') return turned(pixel, amount);
    const base = { brightness: 0, contrast: mean, saturation: luma(pixel) }[kind];
    const mix = (value: number) => Math.min(1, Math.max(0, base + amount * (value - base)));
    return [mix(pixel[0]), mix(pixel[1]), mix(pixel[2])];
  });
}

function turned([r, g, b]: Rgb, turn: number): Rgb {
  const v = Math.max(r, g, b);
  const d = v - Math.min(r, g, b);
  const s = v === 0 ? 0 : d / v;
  let degrees = 0;
  if (d > 0 && v === r) degrees = 60 * ((g - b) / d);
  else if (d > 0 && v === g) degrees = 120 + 60 * ((b - r) / d);
  else if (d > 0) degrees = 240 + 60 * ((r - g) / d);
  degrees = (((degrees + 360 * turn) % 360) + 360) % 360;
  const i = Math.floor(degrees / 60) % 6;
  const f = degrees / 60 - Math.floor(degrees / 60);
  const [p, q, t] = [v * (1 - s), v * (1 - f * s), v * (1 - (1 - f) * s)];
  const cases: readonly Rgb[] = [
    [v, t, p],
    [q, v, p],
    [p, v, t],
    [p, q, v],
    [t, p, v],
    [v, p, q],
  ];
  return cases[i] ?? [0, 0, 0];
}

function expectClose(actual: Float32Array, expected: readonly Rgb[]): void {
  const off = expected.flat().map((value, i) => Math.abs((actual[i] ?? NaN) - value));
  expect(Math.max(...off)).toBeLessThan(5e-6);
}

describe('applyJitter', () => {
  it('makes the changes in their order, as defined', () => {
    fc.assert(
      fc.property(image, fc.array(step, { maxLength: 4 }), (pixels, steps) => {
        const flat = Float32Array.from(pixels.flat());
        applyJitter(flat, steps);
        let expected: readonly Rgb[] = pixels;
        for (const one of steps) expected = changed(expected, one);
        expectClose(flat, expected);
      }),
      { numRuns: tries(300) },
    );
  });

  it('turns red to green to blue by thirds, and leaves grey grey', () => {
    const pixels = Float32Array.from([1, 0, 0, 0, 1, 0, 0.5, 0.5, 0.5]);
    applyJitter(pixels, [{ kind: 'hue', amount: 1 / 3 }]);
    expectClose(pixels, [
      [0, 1, 0],
      [0, 0, 1],
      [0.5, 0.5, 0.5],
    ]);
  });
});

describe('drawJitter', () => {
  const options = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 };

  it('draws every order about as often, and amounts over their whole range', () => {
    const random = new Random(2);
    const orders = new Map<string, number>();
    const amounts = new Map<string, number[]>();
    for (let i = 0; i < 4800; i++) {
      const steps = drawJitter(random, options);
      const order = steps.map(({ kind }) => kind).join(' ');
      orders.set(order, (orders.get(order) ?? 0) + 1);
      for (const { kind, amount } of steps) {
        const drawn = amounts.get(kind) ?? [];
        drawn.push(amount);
        amounts.set(kind, drawn);
      }
    }
    expect(orders.size).toBe(24);
    for (const count of orders.values()) expect(count).toBeGreaterThan(130);
    for (const [kind, [low, high]] of Object.entries({ contrast: [0.6, 1.4], hue: [-0.2, 0.2] })) {
      const drawn = amounts.get(kind) ?? [];
      expect(Math.min(...drawn)).toBeCloseTo(low ?? 0, 2);
      expect(Math.max(...drawn)).toBeCloseTo(high ?? 0, 2);
    }
  });

  it('leaves out what is zero, and draws the rest as it was', () => {
    const all = drawJitter(new Random(5), options);
    const some = drawJitter(new Random(5), { ...options, contrast: 0, hue: 0 });
    expect(some).toEqual(all.filter(({ kind }) => kind === 'brightness' || kind === 'saturation'));
  });
});
