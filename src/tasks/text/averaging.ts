/**
 * When SGD becomes averaged SGD, and how the average goes (Merity, Keskar, Socher 2018, section 3: NT-AvSGD), as the
 * official code has it by PyTorch's `ASGD` with t0 = 0 and lambd = 0.
 */

/** Averaged SGD under way. */
export interface Averaging {
  /** Steps taken since it began. */
  readonly steps: number;
  /** The learning rate that the last of them was given. */
  readonly rate: number;
}

/**
 * Whether to switch after an epoch with this validation loss: more than `nonmono` epochs have gone before it, and it is
 * worse than the best of them, the last `nonmono` left out.
 *
 * @param history the validation losses of the epochs before, oldest first
 */
export function switchesNow(history: readonly number[], loss: number, nonmono: number): boolean {
  return history.length > nonmono && loss > Math.min(...history.slice(0, -nonmono));
}

/**
 * What the next step is fed. The average takes a share of 1, 1, 1/2, 1/3 … of the weights after each step. PyTorch works
 * out its learning rate at the end of a step for the next one, so the rate of a slice is used a slice late; the first
 * has its own.
 *
 * @param rate the learning rate of this step's slice; without averaging, that is what it takes
 */
export function averagedStep(
  averaging: Averaging | null,
  rate: number,
): { readonly rate: number; readonly share: number; readonly next: Averaging | null } {
  if (averaging === null) return { rate, share: 1, next: null };
  const { steps, rate: last } = averaging;
  return {
    rate: steps === 0 ? rate : last,
    share: 1 / Math.max(1, steps),
    next: { steps: steps + 1, rate },
  };
}

/** Averaging that has not taken a step yet. */
export const averagingBegins: Averaging = { steps: 0, rate: 0 };
