/**
 * The kinds of value that a setting has. Each says what it may be in full, bounds above and below, because what a schema
 * does not refuse somebody will give: a network of 10¹¹ cells is a number like any other.
 */
import { z } from 'zod';

/** A whole number, both bounds in it. */
export function whole(least: number, most: number): z.ZodType<number> {
  return z.int().min(least).max(most);
}

/** Where the numbers begin and end: `from` and `to` are in the range, `above` and `below` are not. */
type Range = ({ readonly from: number } | { readonly above: number }) &
  ({ readonly to: number } | { readonly below: number });

export function real(range: Range): z.ZodType<number> {
  const least = 'from' in range ? z.number().min(range.from) : z.number().gt(range.above);
  return 'to' in range ? least.max(range.to) : least.lt(range.below);
}

/** A part of a whole that is never all of it: a probability of dropping, a momentum. */
export const share = real({ from: 0, below: 1 });

export function orNull<T>(type: z.ZodType<T>): z.ZodType<T | null> {
  return type.nullable();
}

export function oneOf<const T extends string | number>(choices: readonly T[]): z.ZodType<T> {
  return z.literal(choices);
}

/** One or more of `choices`, in an order that counts. */
export function listOf<const T extends string>(choices: readonly T[]): z.ZodType<T[]> {
  return z.array(oneOf(choices)).min(1);
}

/** One of `choices`, or a list of numbers. */
export function oneOfOrReals<const T extends string>(
  choices: readonly T[],
  range: Range,
): z.ZodType<T | number[]> {
  return z.union([z.literal(choices), z.array(real(range)).min(1)]);
}

export const flag: z.ZodType<boolean> = z.boolean();
