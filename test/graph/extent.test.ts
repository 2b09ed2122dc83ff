/** Extents that are computed of open ones. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluated,
  floorDivide,
  LongExtent,
  namesIn,
  plus,
  substituted,
  times,
} from '../../src/graph/extent.ts';
import type { Dim } from '../../src/graph/types.ts';
import { expressionsIn } from '../support/extents.ts';
import { tries } from '../support/properties.ts';

const names = ['batch', 'height', 'width', 'x.0'];

const expression = expressionsIn(names);

describe('names in an expression', () => {
  it('are replaced wherever they are: by numbers, or by expressions in others', () => {
    const replacement = fc.record(Object.fromEntries(names.map((name) => [name, expression])));
    const numbers = fc.record(
      Object.fromEntries(names.map((name) => [name, fc.integer({ min: 1, max: 50 })])),
    );
    fc.assert(
      fc.property(expression, replacement, numbers, (dim, by, values) => {
        const known = new Map(Object.entries(values));
        const there = new Map(Object.entries(by).map(([name, to]) => [name, evaluated(to, known) ?? NaN]));
        const replaced = substituted(dim, new Map(Object.entries(by)));
        expect(evaluated(replaced, known)).toBe(evaluated(dim, there));
      }),
      { numRuns: tries(300) },
    );
  });

  it('are told', () => {
    expect(namesIn('floor((height-1)/2)+3*batch*x.0')).toEqual(['height', 'batch', 'x.0']);
    expect(namesIn(7)).toEqual([]);
  });
});

describe('an expression that grows', () => {
  const grown = (step: (dim: Dim) => Dim) => () => {
    let dim: Dim = 'n';
    for (let i = 0; i < 300; i++) dim = step(dim);
    return dim;
  };

  it.each([
    ['a coefficient', grown((dim) => plus(dim, dim))],
    ['squares', grown((dim) => times(dim, dim))],
    ['squares of a sum', grown((dim) => times(plus(dim, 'm'), plus(dim, 'm')))],
    ['halves', grown((dim) => floorDivide(plus(dim, floorDivide(dim, 3)), 2))],
  ])('is refused beyond a length: %s', (_, grow) => {
    expect(grow).toThrow(LongExtent);
  });

  it('is a number where its names are', () => {
    expect(substituted('floor((n-1)/2)+n', new Map([['n', 9]]))).toBe(13);
  });
});
