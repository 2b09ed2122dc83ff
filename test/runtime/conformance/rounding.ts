/** What float32 costs a graph, whoever computes it: the reference rounds each number, in several orders of its sums. */
import { lower } from '../../../src/graph/definitions.ts';
import type { Tensors } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { roundings } from '../../../src/runtime/reference/arithmetic.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { difference, type Tolerance } from '../../support/compare.ts';

/** A runtime adds up in an order of its own, of which only some are tried. */
export const timesCost = 4;

/** By how much the numbers of each output are off at most where float32 is rounded, in each of its ways. */
export async function costsOf(
  graph: Graph,
  feeds: Tensors,
  exact: Tensors,
): Promise<ReadonlyMap<string, number>> {
  const costs = new Map<string, number>();
  for (const rounding of roundings) {
    const given = await (await createReferenceRuntime(rounding).compile(graph)).run(feeds);
    for (const [name, { data }] of given) {
      const wanted = exact.get(name)?.data ?? data;
      for (const [i, value] of data.entries()) {
        costs.set(name, Math.max(costs.get(name) ?? 0, Math.abs(value - (wanted[i] ?? 0))));
      }
    }
  }
  return costs;
}

/**
 * What differs by more than rounding may. An op of ours is several standard ones, and what each rounds may grow: a batch norm of
 * few values divides by what may be almost 0. So each output may be off by some times what float32 costs the definitions, on
 * the same inputs.
 */
export async function differenceBeyondRounding(
  graph: Graph,
  feeds: Tensors,
  given: Tensors,
  expected: Tensors,
  tolerance: Tolerance,
): Promise<string | undefined> {
  const found = difference(given, expected, tolerance);
  if (found === undefined || given.size !== expected.size) return found;
  const costs = await costsOf(lower(graph), feeds, expected);
  for (const [name, tensor] of expected) {
    const one = given.get(name);
    if (one === undefined) return found;
    const absolute = tolerance.absolute + timesCost * (costs.get(name) ?? 0);
    const apart = difference(new Map([[name, one]]), new Map([[name, tensor]]), { ...tolerance, absolute });
    if (apart !== undefined) return apart;
  }
  return undefined;
}
