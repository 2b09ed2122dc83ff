/** Which amount fits into a time, at a speed. */

import type { Amount, Held, Ladder } from './amounts.ts';

/** How fast a job goes on this machine. */
export interface Speed {
  /** Seconds before and after the steps: starting, reading data, compiling. */
  readonly start: number;
  /** Seconds for one of what the job counts. */
  readonly each: number;
}

export interface Choice<A extends Amount = Amount> {
  readonly amount: A;
  /** Seconds that it will take, by the speed. */
  readonly seconds: number;
  /** Whether that is within the time; not so only of the smallest amount. */
  readonly fits: boolean;
}

export function secondsFor({ work }: Pick<Amount, 'work'>, { start, each }: Speed, held: Held): number {
  return start + each * work(held);
}

/** The largest amount that takes at most `seconds`, or the smallest there is. */
export function choose<A extends Amount>(
  { amounts }: Ladder<A>,
  held: Held,
  speed: Speed,
  seconds: number,
): Choice<A> {
  const of = (amount: A): Choice<A> => {
    const needed = secondsFor(amount, speed, held);
    return { amount, seconds: needed, fits: needed <= seconds };
  };
  const smallest = of(amounts.at(-1) ?? amounts[0]);
  return amounts.map(of).find(({ fits }) => fits) ?? smallest;
}
