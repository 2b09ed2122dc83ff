/** A generator of cases for every op. An op without one does not compile. */
import * as fc from 'fast-check';

import type { OpName } from '../../src/graph/attributes.ts';
import type { OpCase } from './case.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { imageCases } from './cases/image.ts';
import { linearCases } from './cases/linear.ts';
import { recurrentCases } from './cases/recurrent.ts';
import { scanCases } from './cases/scan.ts';
import { separableCases } from './cases/separable.ts';
import { shapeCases } from './cases/shape.ts';
import { tries } from './properties.ts';

export const opCases: { readonly [K in OpName]: fc.Arbitrary<OpCase<K>> } = {
  ...elementwiseCases,
  ...linearCases,
  ...shapeCases,
  ...imageCases,
  ...recurrentCases,
  ...separableCases,
  ...scanCases,
};

/** The cases of one op, where the op is only known to be some op. */
export function casesOf(op: OpName): fc.Arbitrary<OpCase> {
  return opCases[op];
}

/** How many cases of an op to try: where it has no attributes there are but shapes and values to vary. */
export function triesOf(op: OpName): number {
  const [first] = fc.sample(casesOf(op), 1);
  return tries(Object.keys(first?.attributes ?? {}).length === 0 ? 10 : 25);
}
