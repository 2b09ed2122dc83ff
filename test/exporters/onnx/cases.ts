/** The cases of an op that ONNX can express. */
import type * as fc from 'fast-check';
import type { OpName } from '../../../src/graph/attributes.ts';
import { casesOf } from '../../support/arbitraries.ts';
import type { OpCase } from '../../support/case.ts';

/** A class alone, not in a list, cannot be marked there: `exportOnnx` refuses it. */
export function writableCases(op: OpName): fc.Arbitrary<OpCase> {
  return op === 'OneHot' ? casesOf(op).filter(({ inputs: [x] }) => x?.shape.length !== 0) : casesOf(op);
}
