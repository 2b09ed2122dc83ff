/** The ends of a list however long it is: a call takes only so many arguments, and how many a file decides. */

/** The largest of them; `-Infinity` of none, as `Math.max` has it. */
export function mostOf(numbers: Iterable<number>): number {
  let most = -Infinity;
  for (const number of numbers) most = Math.max(most, number);
  return most;
}

/** The least of them; `Infinity` of none. */
export function leastOf(numbers: Iterable<number>): number {
  let least = Infinity;
  for (const number of numbers) least = Math.min(least, number);
  return least;
}
