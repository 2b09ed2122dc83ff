/** Extents that are computed of others. */
import * as fc from 'fast-check';
import { floorDivide, minus, plus, times } from '../../src/graph/extent.ts';
import type { Dim } from '../../src/graph/types.ts';

/** Expressions over names, built by the operations that graphs have. */
export function expressionsIn(names: readonly string[]): fc.Arbitrary<Dim> {
  return fc.letrec<{ dim: Dim }>((tie) => ({
    dim: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Dim>(...names),
      fc.integer({ min: 0, max: 9 }),
      fc.tuple(fc.constantFrom(plus, minus, times), tie('dim'), tie('dim')).map(([op, a, b]) => op(a, b)),
      fc.tuple(tie('dim'), fc.integer({ min: 2, max: 5 })).map(([a, by]) => floorDivide(a, by)),
    ),
  })).dim;
}
