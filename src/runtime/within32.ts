/** Whole numbers, which graphs keep in 32 bits whatever the file says. */
import { NascentError } from '../errors.ts';

/**
 * A whole number that a graph can keep. What is no number, or infinite, is not judged: it has no value as a whole one anywhere.
 *
 * @throws NascentError 'input/invalid' beyond 32 bits: cut off, it would be another number, and what is computed from it no
 * truth
 */
export function within32(value: number): number {
  if (!(Math.abs(value) >= 2 ** 31) || !Number.isFinite(value) || value === -(2 ** 31)) return value;
  throw new NascentError(
    'input/invalid',
    `whole numbers go as far as ${value} on these inputs, and a graph keeps them in 32 bits`,
    {
      help: 'Runtimes that take the file itself keep them whole: nascent parity holds these to each other.',
    },
  );
}
