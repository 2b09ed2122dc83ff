/**
 * Functions that no processor has, and that libraries make of what it has: each within its last digit, and each otherwise. How
 * far one of them happens to be from the truth on one number says little, so what it may be off is what is measured: the
 * argument half a unit in its last place off, as where a library brings it into a range first or what it was made of is
 * rounded otherwise, and the result half a unit off, too.
 */
import { halfUnits, libraryPush } from './arithmetic.ts';

export interface Library {
  /**
   * What it may be off however small the result is: where all formulas that are in use go through numbers of this size, of
   * which the last digit is lost.
   */
  readonly through?: number;
  /** What no library goes beyond. */
  readonly range?: readonly [number, number];
}

/**
 * A function as a library has it.
 *
 * @param at the place of the number among others: which way one is off says nothing of the next
 */
export function asLibrary(f: (x: number) => number, { through = 0, range }: Library = {}) {
  return (x: number, at: number): number => {
    const push = libraryPush(at);
    const exact = f(x);
    if (push === 0 || !Number.isFinite(exact)) return exact;
    const moved = f(x * (1 + push * halfUnits.float32));
    const direction = moved === exact || Number.isNaN(moved) ? push : Math.sign(moved - exact);
    const near = Number.isNaN(moved) ? exact : moved;
    const off = near + direction * halfUnits.float32 * (Math.abs(near) + through);
    return range === undefined ? off : Math.min(Math.max(off, range[0]), range[1]);
  };
}

/** A number to the power of another, of which logarithm and exponential are both taken; of whole powers up to 3, products. */
export function powerAsLibrary(power: (base: number, exponent: number) => number) {
  return (base: number, exponent: number, at: number): number => {
    const push = libraryPush(at);
    const exact = power(base, exponent);
    const isProduct = Number.isInteger(exponent) && exponent >= 0 && exponent <= 3;
    if (push === 0 || isProduct || !Number.isFinite(exact) || exact === 0) return exact;
    const share = Math.abs(exponent * Math.log(Math.abs(base))) + Math.abs(exponent) + 1;
    return exact * (1 + push * halfUnits.float32 * share);
  };
}
