/** How far runtimes are searched for a worse input. */
import type { Climbing } from './climb.ts';
import type { CheckedParityOrder } from './order.ts';
import type { NamedMeasure } from './truth/truths.ts';

/** A search, whose steps go by how many rows the input has that it begins with. */
export type SearchPlan = Omit<Climbing, 'steps'> & { readonly stepsFor: (batch: number) => number };

/** A runtime that is so many times slower than the truth ends its search early. */
const climbPatience = 10;
/** What the reference computes in a second, about: a convolution more, many small nodes less. */
const workASecond = 1e8;

/**
 * How far a search goes. What the truth costs limits it, as it is counted, not as a clock has it: the same file has the same
 * search every time, however much else is at work.
 */
export function searchPlan(
  { seeds, climb: most, climbSeconds }: CheckedParityOrder,
  measure: NamedMeasure,
  workARow: number,
): SearchPlan {
  const stepsFor = (batch: number) =>
    Math.max(0, Math.min(most, Math.floor((climbSeconds * workASecond) / Math.max(1, workARow * batch))));
  return { measure, seed: seeds[0] ?? 1, seconds: climbPatience * climbSeconds, stepsFor };
}
