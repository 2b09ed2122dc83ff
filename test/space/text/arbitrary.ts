/** Random legal recurrent genotypes, as plain data, for property tests. */
import * as fc from 'fast-check';
import type { RnnGenotype, RnnNode } from '../../../src/space/text/genotype.ts';
import { rnnOps } from '../../../src/space/text/primitives.ts';

function nodeOf(node: number): fc.Arbitrary<RnnNode> {
  return fc.record(
    { op: fc.constantFrom(...rnnOps), source: fc.integer({ min: 0, max: node }) },
    { noNullPrototype: true },
  );
}

export function arbitraryRnnGenotype(maxNodes = 12): fc.Arbitrary<RnnGenotype> {
  return fc.integer({ min: 1, max: maxNodes }).chain((count) => {
    const states = Array.from({ length: count }, (_, i) => i + 1);
    return fc.record(
      {
        nodes: fc.tuple(...states.map((_, i) => nodeOf(i))),
        concat: fc.shuffledSubarray(states, { minLength: 1 }),
      },
      { noNullPrototype: true },
    );
  });
}
