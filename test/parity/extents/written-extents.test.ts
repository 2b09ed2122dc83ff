/** Extents that a file writes as expressions in others. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluated, namesIn as inGraph } from '../../../src/graph/extent.ts';
import { computed, isComputed, namesIn } from '../../../src/parity/extents/written-extents.ts';
import { expressionsIn } from '../../support/extents.ts';
import { tries } from '../../support/properties.ts';

const of = (name: string): number => ({ a: 7, b: 20, past_length: 3, 'x.0': 33 })[name] ?? Number.NaN;

it.each([
  ['past_length + 1', ['past_length'], 4],
  ['floor(b/16)', ['b'], 1],
  ['floor((b)/16)', ['b'], 1],
  ['floor((floor((b)/5)+3)/4)-2', ['b'], -1],
  ['2*(x.0//2) - a', ['x.0', 'a'], 25],
  ['ceil(b / 3)', ['b'], 7],
  ['b/2/4', ['b'], 2],
  ['-a+b', ['a', 'b'], 13],
  ['(a)', ['a'], 7],
  ['a - b - 1', ['a', 'b'], -14],
  ['floor((a-b)/2)*floor(past_length/4)', ['a', 'b', 'past_length'], 0],
] as const)('%s', (dim, names, value) => {
  expect(isComputed(dim)).toBe(true);
  expect(namesIn(dim)).toEqual(names);
  expect(computed(dim, of)).toBe(value);
});

it.each([
  'a',
  '/model/Shape_0',
  'input/dim_0',
  'max(a, b)',
  'floor(a',
  'a**2',
  'a b',
  '3',
  'a/0',
  '(3)',
  'a+',
  '',
])('%s is a name', (dim) => {
  expect(isComputed(dim)).toBe(false);
  expect(namesIn(dim)).toEqual([dim]);
  expect(computed(dim, of)).toBeUndefined();
});

it('brackets without an end are a name', () => {
  const dim = `${'('.repeat(100_000)}a${')'.repeat(100_000)}`;
  expect(computed(dim, of)).toBeUndefined();
});

describe('an extent that a graph computes', () => {
  const names = ['batch', 'height', 'x.0'];
  const expression = expressionsIn(names);

  it('is read as what it is', () => {
    const numbers = fc.record(
      Object.fromEntries(names.map((name) => [name, fc.integer({ min: 1, max: 50 })])),
    );
    fc.assert(
      fc.property(expression, numbers, (dim, values) => {
        fc.pre(typeof dim === 'string' && !names.includes(dim));
        expect(computed(dim, (name) => values[name] ?? Number.NaN)).toBe(
          evaluated(dim, new Map(Object.entries(values))),
        );
        expect(new Set(namesIn(dim))).toEqual(new Set(inGraph(dim)));
      }),
      { numRuns: tries(300) },
    );
  });
});
