/** Ops of opset 24 up that language models have, against their definitions written out. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tries } from '../../../support/properties.ts';
import { f, i, outputOf, outputsOf } from './lowered.ts';

/** Numbers without pattern, the same each time. */
function wild(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, k) => Math.sin(12.9898 * (k + 1) * (seed + 1) + seed));
}

function close(given: readonly number[] | undefined, wanted: readonly number[]): void {
  expect(given).toHaveLength(wanted.length);
  wanted.forEach((value, k) => expect(given?.[k]).toBeCloseTo(value, 5));
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
const range = (count: number) => Array.from({ length: count }, (_, k) => k);

describe('LinearAttention', () => {
  const [batch, length, keySize, valueSize] = [2, 3, 2, 3];

  it('adds each word to a state, which it may forget and correct, and reads it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('linear', 'gated', 'delta', 'gated_delta'),
        fc.constantFrom([1, 1], [2, 2], [4, 2]),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        async (rule, [queryHeads = 1, heads = 1], hasPast, isByKey, isOpen) => {
          const [q, k, v] = [
            wild(batch * length * queryHeads * keySize, 1),
            wild(batch * length * heads * keySize, 2),
            wild(batch * length * heads * valueSize, 3),
          ];
          const past = wild(batch * heads * keySize * valueSize, 4);
          const width = isByKey ? heads * keySize : heads;
          const decay = wild(batch * length * width, 5).map((value) => value - 1);
          const beta = wild(batch * length * heads, 6).map(Math.abs);
          const isGated = rule.startsWith('gated');
          const isDelta = rule.endsWith('delta');
          const [output, state] = await outputsOf({
            op: 'LinearAttention',
            opset: 27,
            inputs: [
              f([batch, length, queryHeads * keySize], q),
              f([batch, length, heads * keySize], k),
              f([batch, length, heads * valueSize], v),
              hasPast ? f([batch, heads, keySize, valueSize], past) : undefined,
              isGated ? f([batch, length, width], decay) : undefined,
              isDelta ? f([batch, length, heads], beta) : undefined,
            ],
            attributes: { q_num_heads: queryHeads, kv_num_heads: heads, update_rule: rule, scale: 0.5 },
            reals: ['scale'],
            outputs: 2,
            open: isOpen
              ? {
                  0: ['batch', 'length', queryHeads * keySize],
                  1: ['batch', 'length', heads * keySize],
                  2: ['batch', 'length', heads * valueSize],
                  ...(hasPast && { 3: ['batch', heads, keySize, valueSize] }),
                  ...(isGated && { 4: ['batch', 'length', width] }),
                  ...(isDelta && { 5: ['batch', 'length', heads] }),
                }
              : {},
          });
          const answers = zeros(batch * length * queryHeads * valueSize);
          const states: number[] = [];
          for (const n of range(batch)) {
            for (const head of range(heads)) {
              const s = range(keySize).map((a) =>
                range(valueSize).map((c) =>
                  hasPast ? (past[((n * heads + head) * keySize + a) * valueSize + c] ?? NaN) : 0,
                ),
              );
              for (const t of range(length)) {
                const at = n * length + t;
                const key = range(keySize).map((a) => k[(at * heads + head) * keySize + a] ?? NaN);
                s.forEach((row, a) => {
                  const g = decay[at * width + (isByKey ? head * keySize + a : head)] ?? NaN;
                  if (isGated) row.forEach((value, c) => (row[c] = value * Math.exp(g)));
                });
                const news = range(valueSize).map((c) => {
                  const value = v[(at * heads + head) * valueSize + c] ?? NaN;
                  const known = s.reduce((sum, row, a) => sum + (row[c] ?? NaN) * (key[a] ?? NaN), 0);
                  return isDelta ? (beta[at * heads + head] ?? NaN) * (value - known) : value;
                });
                s.forEach((row, a) =>
                  row.forEach((value, c) => (row[c] = value + (key[a] ?? NaN) * (news[c] ?? NaN))),
                );
                const each = queryHeads / heads;
                for (const own of range(each)) {
                  const query = (at * queryHeads + head * each + own) * keySize;
                  const to = (at * queryHeads + head * each + own) * valueSize;
                  for (const c of range(valueSize)) {
                    answers[to + c] =
                      0.5 * s.reduce((sum, row, a) => sum + (row[c] ?? NaN) * (q[query + a] ?? NaN), 0);
                  }
                }
              }
              states.push(...s.flat());
            }
          }
          expect(output?.shape).toEqual([batch, length, queryHeads * valueSize]);
          close(output?.data, answers);
          expect(state?.shape).toEqual([batch, heads, keySize, valueSize]);
          close(state?.data, states);
        },
      ),
      { numRuns: tries(30) },
    );
  });
});

describe('CausalConvWithState', () => {
  it('sees what comes before, and hands on its end', async () => {
    for (const size of [1, 3]) {
      for (const hasPast of [false, true]) {
        const [channels, length] = [2, 4];
        const [x, filter, past] = [
          wild(channels * length, 1),
          wild(channels * size, 2),
          wild(channels * (size - 1), 3),
        ];
        const [y, state] = await outputsOf({
          op: 'CausalConvWithState',
          opset: 27,
          inputs: [
            f([1, channels, length], x),
            f([channels, 1, size], filter),
            f([channels], [0.5, -1]),
            hasPast ? f([1, channels, size - 1], past) : undefined,
          ],
          attributes: { activation: 'silu' },
          outputs: 2,
        });
        const rows = range(channels).map((c) => [
          ...(hasPast ? past.slice(c * (size - 1), (c + 1) * (size - 1)) : zeros(size - 1)),
          ...x.slice(c * length, (c + 1) * length),
        ]);
        const sums = rows.flatMap((row, c) =>
          range(length).map((t) =>
            range(size).reduce(
              (sum, k) => sum + (row[t + k] ?? NaN) * (filter[c * size + k] ?? NaN),
              c === 0 ? 0.5 : -1,
            ),
          ),
        );
        close(
          y?.data,
          sums.map((value) => value / (1 + Math.exp(-value))),
        );
        expect(state?.shape).toEqual([1, channels, size - 1]);
        close(
          state?.data,
          rows.flatMap((row) => row.slice(row.length - (size - 1))),
        );
      }
    }
  });
});

describe('Attention', () => {
  /** Which of six keys each of four queries sees: all scores are equal, and values are powers of two. */
  const seen = async (
    attributes: Readonly<Record<string, number>>,
    more: readonly (ReturnType<typeof f> | undefined)[] = [],
  ) => {
    const keys = 6;
    const { data } = await outputOf({
      op: 'Attention',
      opset: 25,
      inputs: [
        f([1, 1, 4, 2], zeros(8)),
        f([1, 1, keys, 2], wild(2 * keys, 1)),
        f(
          [1, 1, keys, 1],
          range(keys).map((k) => 2 ** k),
        ),
        ...more,
      ],
      attributes,
    });
    return data.map((value) => {
      const sets = range(2 ** keys).filter((set) => {
        const count = range(keys).filter((k) => set & (2 ** k)).length;
        return Math.abs((count === 0 ? 0 : set / count) - value) < 1e-9;
      });
      // The window that it is, of all sets with that mean.
      return sets
        .map((set) =>
          range(keys)
            .map((k) => (set & (2 ** k) ? 1 : 0))
            .join(''),
        )
        .filter((set) => /^0*1*0*$/.test(set));
    });
  };

  it('sees a window of keys around each query, as far as it is told to', async () => {
    // The figure of ONNX.
    expect(await seen({ left_window_size: 2, right_window_size: 1 })).toEqual([
      ['110000'],
      ['111000'],
      ['111100'],
      ['011110'],
    ]);
    expect(await seen({ left_window_size: 1, right_window_size: 3, is_causal: 1 })).toEqual([
      ['100000'],
      ['110000'],
      ['011000'],
      ['001100'],
    ]);
    expect(await seen({ right_window_size: 0 })).toEqual(await seen({ is_causal: 1 }));
  });
});

describe('TensorScatter', () => {
  const past = f([2, 4, 1], [1, 2, 3, 4, 5, 6, 7, 8]);
  const news = f([2, 2, 1], [-1, -2, -3, -4]);
  const written = async (mode: string, ...from: readonly number[]) =>
    (
      await outputOf({
        op: 'TensorScatter',
        opset: 24,
        inputs: [past, news, from.length === 0 ? undefined : i(...from)],
        attributes: { mode },
      })
    ).data;

  it('writes over a cache, of each text from a place of its own on, and around its end', async () => {
    expect(await written('linear')).toEqual([-1, -2, 3, 4, -3, -4, 7, 8]);
    expect(await written('linear', 2, 1)).toEqual([1, 2, -1, -2, 5, -3, -4, 8]);
    expect(await written('circular', 3, 6)).toEqual([-2, 2, 3, -1, 5, 6, -3, -4]);
  });
});

it('SwiGLU multiplies by a gate', async () => {
  const [a, c] = [wild(6, 1), wild(6, 2)];
  const y = await outputOf({
    op: 'SwiGLU',
    opset: 28,
    inputs: [f([2, 3], a), f([2, 3], c)],
    attributes: { alpha: 1.5 },
  });
  close(
    y.data,
    a.map((value, k) => (value / (1 + Math.exp(-1.5 * value))) * (c[k] ?? NaN)),
  );
});
