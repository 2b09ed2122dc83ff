/** Which amount of work fits into a time, at a speed, and at that of the first steps. */
import { formatDuration } from '../run/duration.ts';
import type { Fit, Sized } from './order.ts';
import { paceOf, type Timed, type Watch } from './pace.ts';

/** How fast a job goes on this machine. */
export interface Speed {
  /** Seconds before and after the steps: reading data, building networks. */
  readonly start: number;
  /** Seconds for one of what the job counts. */
  readonly each: number;
}

export interface Choice<A extends Sized = Sized> {
  readonly amount: A;
  /** Seconds that it will take, by the speed; null where there was no time to measure one. */
  readonly seconds: number | null;
  /** Whether that is within the time; not so only of the smallest amount. */
  readonly fits: boolean;
}

export function secondsFor({ work }: Pick<Sized, 'work'>, { start, each }: Speed): number {
  return start + each * work;
}

/**
 * The largest amount that takes at most `seconds`, or the smallest there is.
 *
 * @param amounts from the largest down
 */
export function choose<A extends Sized>(
  amounts: readonly [A, ...A[]],
  speed: Speed,
  seconds: number,
): Choice<A> {
  const of = (amount: A): Choice<A> => {
    const needed = secondsFor(amount, speed);
    return { amount, seconds: needed, fits: needed <= seconds };
  };
  const smallest = of(smallestOf(amounts));
  return amounts.map(of).find(({ fits }) => fits) ?? smallest;
}

/** Of the time there is, what timing may take: it stops with the step that goes over, and with the first at the latest. */
const share = 0.08;
/** Steps that are timed; the first is not counted. */
export const mostTimed = 9;

/** A job that is ready to take its first step. */
export interface Ready {
  readonly steps: Timed;
  /** One whose steps are dear: after those that warm up. */
  readonly epoch: number;
  /** Seconds until it is ready once more, with everything compiled. */
  readonly start: number;
  /** When the job began, by the clock of `watch`. */
  readonly began: number;
}

/**
 * Times the first steps, and chooses by them. On a machine so slow that one step is a good part of the time, that step is
 * all that is timed; where there is no time left, none is.
 */
export async function amountThatFits(
  { amounts, seconds }: Pick<Fit, 'amounts' | 'seconds'>,
  { steps, epoch, start, began }: Ready,
  watch: Watch & Required<Pick<Watch, 'now'>>,
): Promise<Choice> {
  const left = () => seconds - (watch.now() - began);
  // Compiling has taken all of it.
  if (left() <= 0) return { amount: smallestOf(amounts), seconds: null, fits: false };
  const enough = { most: mostTimed, seconds: share * seconds };
  const { each } = await paceOf(steps, epoch, enough, watch);
  return choose(amounts, { start, each }, left());
}

function smallestOf<A>(amounts: readonly [A, ...A[]]): A {
  return amounts.at(-1) ?? amounts[0];
}

/** What was chosen, and why. */
export function inWords({ what, amounts }: Fit, { amount, seconds, fits }: Choice): string {
  const full = amounts[0];
  const size = amount === full ? `${amount.title}, the full amount` : `${amount.title} of ${full.title}`;
  if (seconds === null) return `${what}: ${size}, the smallest amount; getting ready alone took all the time`;
  const time = `about ${formatDuration(1000 * seconds)} on this machine`;
  const late = fits ? '' : '; that is longer than there is, and there is no smaller amount';
  return `${what}: ${size}, ${time}${late}`;
}
