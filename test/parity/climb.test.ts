/** The search for an input on which a runtime is further off than on those that were drawn. */
import { describe, expect, it } from 'vitest';

import { fromHalf, toHalf } from '../../proto/half.ts';
import { NascentError } from '../../src/errors.ts';
import { climb, type Climbing } from '../../src/parity/climb.ts';
import { gateOf } from '../../src/parity/gates.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import type { Measured } from '../../src/parity/truth/truth.ts';
import { openWay, type Open } from '../../src/parity/ways.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import type { AnyTensors } from '../../src/runtime/any-tensor.ts';
import { Random } from '../../src/random.ts';
import { network, subject } from './models.ts';

const signal = new AbortController().signal;
const gate = gateOf({ atol: 1 }, 'float32', []);

function drawn(size = 64): AnyTensors {
  const random = new Random(1);
  const data = Float32Array.from({ length: size }, () => random.normal());
  return new Map([['x', { dtype: 'float32', shape: [1, size], data }]]);
}

/** y = x, and how it is measured. */
const same = async (feeds: AnyTensors): Promise<AnyTensors> =>
  new Map([...feeds].map(([, tensor]) => ['y', tensor]));
const measure = async (feeds: AnyTensors): Promise<Measured> => ({
  outputs: await same(feeds),
  spreads: new Map(),
  work: 1,
});
const climbing: Climbing = { measure, seed: 1, steps: 64, seconds: 60 };

describe('a search', () => {
  it.each([
    ['what is large', (value: number) => (value > 30 ? value + 2 : value)],
    [
      'what is far from 0 and nearly alike',
      (value: number) => (value > 5 ? value + 0.01 * value * value : value),
    ],
    ['little by little what is larger', (value: number) => value * 1.01],
  ])('finds a fault in %s, which what is drawn does not show', async (_, fault) => {
    const wrong = async (feeds: AnyTensors): Promise<AnyTensors> =>
      new Map(
        [...(await same(feeds))].map(([name, y]) => [name, { ...y, data: Float32Array.from(y.data, fault) }]),
      );
    const searched = await climb(climbing, wrong, gate, { feeds: drawn(), name: 'drawn' }, signal);
    const found = searched?.climb;
    expect(found?.from).toBeLessThan(1);
    expect(found?.used).toBeGreaterThan(1);
    expect(found?.steps).toBeLessThanOrEqual(64);
    // The same seed finds the same.
    expect(await climb(climbing, wrong, gate, { feeds: drawn(), name: 'drawn' }, signal)).toEqual(searched);
  });

  it('finds nothing where nothing is wrong, and feeds no values beyond the extremes', async () => {
    let [asked, most] = [0, 0];
    const right = async (feeds: AnyTensors): Promise<AnyTensors> => {
      asked += 1;
      for (const value of feeds.get('x')?.data ?? []) most = Math.max(most, Math.abs(value));
      return same(feeds);
    };
    const searched = await climb(climbing, right, gate, { feeds: drawn(), name: 'drawn' }, signal);
    expect(searched?.climb).toMatchObject({ from: 0, used: 0, steps: 64, notFinite: 0 });
    expect(asked).toBe(65);
    expect(most).toBeLessThanOrEqual(1e4);
  });

  it('gives whole numbers only such as the model was given before', async () => {
    const ids = new Map([['x', { dtype: 'int64', shape: [4], data: Int32Array.of(3, 7, 11, 900) }]] as const);
    const seen = new Set<number>();
    const right = async (feeds: AnyTensors): Promise<AnyTensors> => {
      for (const value of feeds.get('x')?.data ?? []) seen.add(value);
      return same(feeds);
    };
    await climb(climbing, right, gate, { feeds: ids, name: 'ids' }, signal);
    expect([...seen].toSorted((a, b) => a - b)).toEqual([3, 7, 11, 900]);
  });

  it('gives a float16 what it holds', async () => {
    const x = { dtype: 'float16', shape: [3], data: Float32Array.of(0.5, -1.25, 3) } as const;
    const seen = new Set<number>();
    const right = async (feeds: AnyTensors): Promise<AnyTensors> => {
      for (const value of feeds.get('x')?.data ?? []) seen.add(value);
      return same(feeds);
    };
    await climb(climbing, right, gate, { feeds: new Map([['x', x]]), name: 'x' }, signal);
    expect(seen.size).toBeGreaterThan(64);
    for (const value of seen) expect(fromHalf(toHalf(value))).toBe(value);
  });

  it('ends in time, and where the runtime fails', async () => {
    const found = await climb(
      { ...climbing, seconds: 1e-9 },
      same,
      gate,
      { feeds: drawn(), name: 'drawn' },
      signal,
    );
    expect(found?.climb.steps).toBe(0);
    const failing = async (): Promise<AnyTensors> => {
      throw new NascentError('runtime/failed', 'it is gone', { help: '' });
    };
    expect(await climb(climbing, failing, gate, { feeds: drawn(), name: 'drawn' }, signal)).toBeUndefined();
  });
});

describe('a comparison', () => {
  const { model } = network(8);
  const order = { model: 'm', data: null, seeds: [1], batches: [1], climb: 48, climbSeconds: 60 } as const;

  it('searches in each runtime, and finds nothing where nothing is wrong', async () => {
    const report = await compareSubject(await subject(model), order, silentReporter, signal);
    expect(report.outcome).toBe('passed');
    for (const { climb: found, elements } of report.pairs) {
      expect(found?.steps).toBe(48);
      expect(found?.used).toBeLessThan(1);
      expect(found?.used).toBeGreaterThanOrEqual(found?.from ?? 1);
      // Its figures are in no others.
      expect(elements).toBe(50);
    }
    expect(renderParity(report)).toContain('searched  for inputs');
  });

  it('fails on what is found, and says so', async () => {
    // Wrong only where about half of an input is 0: nothing that is drawn is so.
    const open: Open = async (name, way, path) => {
      const opened = await openWay(way, path);
      if (name !== 'onnxruntime-cpu') return opened;
      return {
        ...opened,
        async run(feeds) {
          const data = Array.from(feeds.get('image')?.data ?? []);
          const zeros = data.filter((value) => value === 0).length / data.length;
          const outputs = await opened.run(feeds);
          if (zeros < 0.25 || zeros > 0.75) return outputs;
          return new Map(
            [...outputs].map(([key, tensor]) => [
              key,
              { ...tensor, data: tensor.data.map((value) => 2 * value) },
            ]),
          );
        },
      };
    };
    const report = await compareSubject({ ...(await subject(model)), open }, order, silentReporter, signal);
    expect(report.outcome).toBe('failed');
    const failed = report.pairs.filter(({ failures }) => failures.length > 0);
    expect(failed.map(({ name }) => name)).toEqual(['onnxruntime-cpu']);
    expect(failed[0]?.failures[0]).toContain('on an input that was searched for');
  });

  it('searches as far on a machine that is busy, and finds the same', async () => {
    const given = await subject(model);
    const searched = async (ms: number) => {
      const open: Open = async (_, way, path) => {
        const opened = await openWay(way, path);
        const { measure: told } = opened;
        if (told === undefined) return opened;
        const measure: typeof told = async (feeds) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          return told(feeds);
        };
        return { ...opened, measure };
      };
      const bound = { ...order, climb: 1000, climbSeconds: 0.1 };
      const { pairs } = await compareSubject({ ...given, open }, bound, silentReporter, signal);
      return pairs.map(({ climb: found }) => found);
    };
    const found = await searched(0);
    for (const one of found) {
      expect(one?.steps).toBeGreaterThan(2);
      expect(one?.steps).toBeLessThan(100);
    }
    expect(await searched(20)).toEqual(found);
  });

  it('does not search where a gate was given, or inputs were', async () => {
    const report = await compareSubject(await subject(model), { ...order, atol: 1 }, silentReporter, signal);
    for (const pair of report.pairs) expect(pair.climb).toBeUndefined();
  });
});
