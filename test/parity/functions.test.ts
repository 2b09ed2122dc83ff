/** What functions that libraries make cost in float32, and that libraries keep within it on one number alone. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { OnnxAttribute } from '../../proto/onnx.ts';
import { allowanceOf, gateOf } from '../../src/parity/gates.ts';
import { openWay } from '../../src/parity/ways.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';
import { tries } from '../support/properties.ts';
import { written } from './models.ts';

/** Each with the numbers that it is a function of. */
interface Case {
  readonly op: string;
  readonly of: readonly [number, number];
  readonly attributes?: readonly OnnxAttribute[];
}

const functions: readonly Case[] = [
  { op: 'Sigmoid', of: [-100, 100] },
  { op: 'Tanh', of: [-20, 20] },
  { op: 'Erf', of: [-6, 6] },
  { op: 'Exp', of: [-100, 88] },
  { op: 'Log', of: [1e-30, 1e9] },
  { op: 'Sin', of: [-1e4, 1e4] },
  { op: 'Cos', of: [-1e4, 1e4] },
  { op: 'Tan', of: [-1e3, 1e3] },
  { op: 'Atan', of: [-1e4, 1e4] },
  { op: 'Asinh', of: [-1e4, 1e4] },
  { op: 'Acosh', of: [1, 1e4] },
  { op: 'Atanh', of: [-0.999, 0.999] },
  { op: 'Sinh', of: [-80, 80] },
  { op: 'Cosh', of: [-80, 80] },
  { op: 'Softplus', of: [-100, 100] },
  { op: 'Softsign', of: [-1e4, 1e4] },
  { op: 'Mish', of: [-100, 100] },
  { op: 'Elu', of: [-100, 100] },
  { op: 'Selu', of: [-100, 100] },
  { op: 'Celu', of: [-100, 100] },
  { op: 'Gelu', of: [-20, 20] },
  { op: 'Gelu', of: [-20, 20], attributes: [{ kind: 'string', name: 'approximate', value: 'tanh' }] },
  { op: 'HardSwish', of: [-100, 100] },
];

async function opened(op: string, attributes: readonly OnnxAttribute[] = [], exponent?: number) {
  const model = modelOf(
    {
      inputs: [floatInfo('x', [1])],
      outputs: [floatInfo('y', [1])],
      initializers: exponent === undefined ? [] : [floats('exponent', [], [exponent])],
      nodes: [node(op, exponent === undefined ? ['x'] : ['x', 'exponent'], ['y'], attributes)],
    },
    { opsets: [{ domain: '', version: 20 }] },
  );
  const path = await written(model);
  const truth = await openWay({ what: 'truth' }, { path });
  const file = await openWay({ what: 'file', provider: 'cpu', optimization: 'all' }, { path });
  return {
    async of(x: number) {
      const feeds = new Map([['x', { dtype: 'float32', shape: [1], data: Float32Array.of(x) } as const]]);
      const measured = await truth.measure?.(feeds);
      const [exact, spread] = [measured?.outputs.get('y'), measured?.spreads.get('y')];
      if (exact === undefined || spread === undefined) throw new Error('nothing was measured');
      const gate = gateOf({}, 'float32', [{ output: 'y', truth: exact, spread }]);
      const allowed = allowanceOf(gate, 'y', exact, spread);
      const given = (await file.run(feeds)).get('y')?.data[0] ?? NaN;
      return {
        exact: exact.data[0] ?? NaN,
        given,
        spread,
        allowed: 'absolute' in allowed ? allowed.absolute : 0,
      };
    },
    dispose() {
      truth.dispose();
      file.dispose();
    },
  };
}

describe('a function of a library', () => {
  it.each(functions)('is within what it costs, on any one number: $op', async ({ op, of, attributes }) => {
    const [min, max] = of;
    const one = await opened(op, attributes);
    const within = fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });
    await fc.assert(
      fc.asyncProperty(within, async (x) => {
        const { exact, given: y, allowed, spread } = await one.of(x);
        if (spread.loose === undefined) expect(Math.abs(y - exact)).toBeLessThanOrEqual(allowed);
      }),
      { numRuns: tries(200) },
    );
    one.dispose();
  });

  it('costs a digit of ½ in the tail of Sigmoid, where others have all of theirs', async () => {
    const sigmoid = await opened('Sigmoid');
    for (const x of [-15.25, -18, -30, -88]) {
      const { exact, spread } = await sigmoid.of(x);
      expect(exact).toBeLessThan(3e-7);
      expect(spread.largest).toBeGreaterThanOrEqual(2 ** -25 - exact);
      expect(spread.largest).toBeLessThan(2 ** -24);
    }
    sigmoid.dispose();
    const tanh = await opened('Tanh');
    expect((await tanh.of(1e-10)).spread.largest).toBeLessThan(3e-17);
    tanh.dispose();
  });

  it('costs what its argument may be off, however that was rounded', async () => {
    const unit = 2 ** -24;
    const sine = await opened('Sin');
    for (const x of [1e4, 8192, 4097.5, 1]) {
      const { spread } = await sine.of(x);
      const off = Math.abs(x * unit * Math.cos(x));
      expect(spread.largest).toBeGreaterThan(0.9 * off);
      expect(spread.largest).toBeLessThan(2 * off + 4 * unit);
    }
    sine.dispose();
    const exponential = await opened('Exp');
    const { exact, spread } = await exponential.of(80);
    expect(spread.largest / exact).toBeGreaterThan(80 * unit);
    expect(spread.largest / exact).toBeLessThan(100 * unit);
    exponential.dispose();
    const root = await opened('Pow', [], 7.5);
    const { exact: power, spread: costs } = await root.of(12);
    expect(costs.largest / power).toBeGreaterThan(7.5 * Math.log(12) * unit);
    root.dispose();
    const square = await opened('Pow', [], 2);
    expect((await square.of(3)).spread.largest).toBe(0);
    square.dispose();
  });

  it('is nothing that it cannot be', async () => {
    const inverse = await opened('Acos');
    expect((await inverse.of(1)).spread.loose).toBeUndefined();
    inverse.dispose();
  });
});
