/** Where several elements are the maximum, every runtime takes the first: gradients must not depend on the runtime. */
import * as fc from 'fast-check';

import type { OpName } from '../../../src/graph/attributes.ts';
import { casesOf } from '../../support/arbitraries.ts';
import type { OpCase } from '../../support/case.ts';

export const opsWithTies = ['MaxPool', 'MaxPoolGrad', 'MaxPoolGather', 'ArgMax'] as const satisfies OpName[];

/** The cases of an op, with an x of three values only. */
export function tiedCasesOf(op: (typeof opsWithTies)[number]): fc.Arbitrary<OpCase> {
  return fc.tuple(casesOf(op), fc.nat({ max: 0xffff })).map(([opCase, seed]) => ({
    ...opCase,
    inputs: opCase.inputs.map((input, i) =>
      i === 0 ? { ...input, fill: { kind: 'whole', seed, least: -1, below: 2 } } : input,
    ),
  }));
}
