/** Equations of an Einsum. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, word, type NodeCase } from './node-case.ts';

const equations = [
  'ij,jk->ik',
  'ij,jk',
  'ij,jk->ikl',
  '...j,jk->...k',
  'i...,ij->...j',
  'ij,kl->jx',
  'i1,jk->ik',
  'i_,jk',
  'i.j,jk->ik',
  'i j , jk -> ik',
];
const shape = fc.array(fc.integer({ min: 2, max: 3 }), { minLength: 1, maxLength: 3 });
const drawn = fc
  .tuple(
    fc.constantFrom(...equations),
    shape,
    fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 2, max: 3 })),
  )
  .map(([equation, a, b]): NodeCase => ({
    op: 'Einsum',
    given: [fed(a), fed(b)],
    attributes: [word('equation', equation)],
  }));

describe('a fault is what onnxruntime refuses', () => {
  held({ drawn });
});

describe('a fault is told with what to mend', () => {
  it.each<[string, string]>([
    ['ij,jk->il', '"l" of its result is in no input of "ij,jk->il"'],
    ['ij,ik->jk', '"i" of its equation is 2 and 3'],
  ])('%s', (equation, told) => {
    expect(
      faultOf({ op: 'Einsum', given: [fed([2, 3]), fed([3, 4])], attributes: [word('equation', equation)] }),
    ).toBe(`Einsum that makes "y0": ${told}`);
  });
});
