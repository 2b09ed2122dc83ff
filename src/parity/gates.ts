/**
 * How far a runtime may be from what it is held against.
 *
 * Never an absolute number of ours: outputs of 5e-5 may be wholly wrong within 1e-4, and logits near 1e3 are right to no
 * better than 1e-4. What is allowed goes by the size of the output on the very input.
 */
import type { AnyTensor } from '../runtime/any-tensor.ts';
import type { Allowance } from './comparison.ts';

export type Gate =
  /** As somebody said. */
  | { readonly kind: 'given'; readonly absolute: number; readonly relative: number }
  /** A share of the largest value of the output on the same input. */
  | { readonly kind: 'share'; readonly share: number; readonly why: string };

/**
 * A sum of float32 in another order differs by 1e-6 of the largest output in the networks that were measured, a wrong
 * pad or epsilon by 1e-3 of it and more: in between.
 */
export const float32Share = 1e-4;
/** Eleven bits of mantissa, or eight bits of a quantised value: one step of either is a hundredth. */
export const coarseShare = 2e-2;

/** The gate, where tolerances were given or not. */
export function gateOf(
  given: { readonly atol?: number | undefined; readonly rtol?: number | undefined },
  coarse: boolean,
): Gate {
  const { atol, rtol } = given;
  if (atol !== undefined || rtol !== undefined)
    return { kind: 'given', absolute: atol ?? 0, relative: rtol ?? 0 };
  return coarse
    ? { kind: 'share', share: coarseShare, why: 'the file computes in float16 or in whole numbers' }
    : { kind: 'share', share: float32Share, why: 'the file computes in float32' };
}

/** What the elements of one output on one input may be off. */
export function allowanceOf(gate: Gate, expected: AnyTensor): Allowance {
  if (gate.kind === 'given') return gate;
  return { absolute: Math.max(gate.share * scaleOf(expected), smallest), relative: 0 };
}

/** Below this, runtimes may take numbers for 0: the smallest normal float32. */
const smallest = 2 ** -126;

/** The largest of its finite values. */
function scaleOf({ data }: AnyTensor): number {
  let largest = 0;
  for (const value of data) {
    const size = Math.abs(value);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}

/** The sentence that explains a gate. */
export function gateText(gate: Gate): string {
  if (gate.kind === 'given') {
    const relative = gate.relative === 0 ? '' : ` + ${gate.relative.toExponential()} of the value`;
    return `allowed: ${gate.absolute.toExponential()}${relative}, as given.`;
  }
  return `allowed: ${gate.share.toExponential()} of the largest value of the output on the same input, because ${gate.why}.`;
}
