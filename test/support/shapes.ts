/** Arbitrary shapes, fills and inputs: small, since a law that fails on large shapes fails on small ones. */
import * as fc from 'fast-check';

import type { DType } from '../../src/graph/types.ts';
import type { CaseInput, Fill } from './case.ts';

export const extent = fc.integer({ min: 1, max: 4 });

export function shapes(least: number, most: number): fc.Arbitrary<number[]> {
  return fc.array(extent, { minLength: least, maxLength: most });
}

export const seeds = fc.integer({ min: 0, max: 0xffff });

type Seeded = 'odd' | 'even' | 'positive' | 'apart';

/** A float32 input of a given shape. */
export function floatInput(shape: readonly number[], kind: Seeded = 'odd'): fc.Arbitrary<CaseInput> {
  return seeds.map((seed) => ({ dtype: 'float32', shape, fill: { kind, seed } }));
}

export function wholeInput(
  dtype: DType,
  shape: readonly number[],
  least: number,
  below: number,
): fc.Arbitrary<CaseInput> {
  return seeds.map((seed) => ({ dtype, shape, fill: { kind: 'whole', seed, least, below } satisfies Fill }));
}

/** An axis of a tensor, counted from the front or from the back. */
export function axisOfRank(rank: number): fc.Arbitrary<number> {
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** Some axes of a tensor, each once, in any order, from the front or from the back. */
export function axesOfRank(rank: number, least: number, most: number = rank): fc.Arbitrary<number[]> {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  return fc
    .shuffledSubarray(all, { minLength: Math.min(least, rank), maxLength: most })
    .chain((axes) => fc.tuple(...axes.map((axis) => fc.constantFrom(axis, axis - rank))));
}

/** `count` shapes that broadcast with each other: one shape, with leading axes dropped and extents made 1. */
export function broadcasting(count: number, most: number = 4): fc.Arbitrary<number[][]> {
  return shapes(0, most).chain((whole) =>
    fc.array(
      fc
        .record({ drop: fc.nat({ max: whole.length }), ones: fc.nat({ max: 2 ** whole.length - 1 }) })
        .map(({ drop, ones }) => whole.map((dim, axis) => ((ones >> axis) & 1 ? 1 : dim)).slice(drop)),
      { minLength: count, maxLength: count },
    ),
  );
}
