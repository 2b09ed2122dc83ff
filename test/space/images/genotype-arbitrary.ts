/** Random legal genotypes, as plain data, for property tests. */
import * as fc from 'fast-check';
import type { CellGenotype, CnnGenotype, NodeInput } from '../../../src/space/images/genotype.ts';
import { cnnOps } from '../../../src/space/images/primitives.ts';

function inputOf(node: number): fc.Arbitrary<NodeInput> {
  return fc.record(
    { op: fc.constantFrom(...cnnOps), source: fc.integer({ min: 0, max: node + 1 }) },
    { noNullPrototype: true },
  );
}

/** A cell of up to `maxNodes` nodes with `inputs` inputs each, (default: one to three). */
export function arbitraryCell(maxNodes = 6, inputs?: number): fc.Arbitrary<CellGenotype> {
  const minLength = inputs ?? 1;
  const maxLength = inputs ?? 3;
  return fc.integer({ min: 1, max: maxNodes }).chain((count) => {
    const states = Array.from({ length: count }, (_, i) => i + 2);
    return fc.record(
      {
        nodes: fc.tuple(...states.map((_, i) => fc.array(inputOf(i), { minLength, maxLength }))),
        concat: fc.shuffledSubarray(states, { minLength: 1 }),
      },
      { noNullPrototype: true },
    );
  });
}

export function arbitraryGenotype(maxNodes = 6, inputs?: number): fc.Arbitrary<CnnGenotype> {
  return fc.record(
    { normal: arbitraryCell(maxNodes, inputs), reduce: arbitraryCell(maxNodes, inputs) },
    { noNullPrototype: true },
  );
}
