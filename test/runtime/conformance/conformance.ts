/**
 * What every runtime must do, checked against the reference runtime.
 *
 * A runtime's test file calls `conformance` once. Each op is run on cases drawn from a seed; then come the parts of
 * the contract in `src/runtime/runtime.ts` that are not about numbers: state, updates, named extents, refusals.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { OpName } from '../../../src/graph/attributes.ts';
import { hasOwn } from '../../../src/graph/definitions.ts';
import { opNames } from '../../../src/graph/ops.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { casesOf } from '../../support/arbitraries.ts';
import { opGraph, type OpCase } from '../../support/case.ts';
import { difference, type Tolerance } from '../../support/compare.ts';
import { contract } from './contract.ts';
import { networks } from './networks.ts';
import { differenceBeyondRounding } from './rounding.ts';
import { opsWithTies, tiedCasesOf } from './ties.ts';
import { tries } from '../../support/properties.ts';

export interface Conformance {
  /** Ops that need another tolerance; say why where it is given. */
  readonly tolerances?: { readonly [K in OpName]?: Tolerance };
  /** Cases of an op that a runtime does not do, with the reason. */
  readonly skip?: { readonly [K in OpName]?: string };
  readonly numRuns?: number;
}

/** Rounding of float32 sums of some tens of terms of size 1. */
export const float32Tolerance: Tolerance = { absolute: 1e-5, relative: 1e-4 };

const reference = createReferenceRuntime();

/** Registers the tests of one runtime. */
export function conformance(createRuntime: () => Promise<Runtime>, options: Conformance = {}): void {
  const { tolerances = {}, skip = {}, numRuns = 20 } = options;
  let made: Promise<Runtime> | undefined;
  const runtime = () => (made ??= createRuntime());

  describe('each op equals the reference', () => {
    for (const op of opNames) {
      it.skipIf(skip[op] !== undefined)(op, async () => {
        const tolerance = tolerances[op] ?? float32Tolerance;
        await fc.assert(
          fc.asyncProperty(casesOf(op), async (opCase) => {
            expect(await disagreement(await runtime(), opCase, tolerance)).toBeUndefined();
          }),
          { numRuns: tries(numRuns) },
        );
      });
    }
  });

  describe('the first of equal maxima wins', () => {
    for (const op of opsWithTies) {
      it.skipIf(skip[op] !== undefined)(op, async () => {
        await fc.assert(
          fc.asyncProperty(tiedCasesOf(op), async (opCase) => {
            expect(await disagreement(await runtime(), opCase, float32Tolerance)).toBeUndefined();
          }),
          { numRuns: tries(numRuns) },
        );
      });
    }
  });

  networks(runtime, float32Tolerance);
  contract(runtime);
}

/** Runs one op in a runtime and in the reference. */
async function disagreement(
  runtime: Runtime,
  opCase: OpCase,
  tolerance: Tolerance,
): Promise<string | undefined> {
  const { graph, feeds } = opGraph(opCase);
  const expected = await (await reference.compile(graph)).run(feeds);
  const program = await runtime.compile(graph);
  try {
    const given = await program.run(feeds);
    const found = difference(given, expected, tolerance);
    if (found === undefined || !hasOwn(graph)) return found;
    return await differenceBeyondRounding(graph, feeds, given, expected, tolerance);
  } finally {
    program.dispose();
  }
}
