/** The error for a name that is none of those there are: a preset, a setting, a dataset. */

import { didYouMean, NascentError } from '../../errors.ts';

/** @param what what it names, such as `preset` */
export function unknownName(what: string, given: string, known: readonly string[]): NascentError {
  // Of two numbers neither is a slip of the other.
  const nearest = /[a-z]/i.test(given) ? didYouMean(given, known) : undefined;
  const several = `${what.replace(/y$/, 'ie')}s`;
  const list = `${several[0]?.toUpperCase()}${several.slice(1)}: ${known.join(', ')}.`;
  return new NascentError('input/unknown', `unknown ${what} "${given}"`, {
    help: nearest === undefined ? list : `Did you mean ${nearest}? ${list}`,
  });
}
