/** Commands that a key starts. */

import { asTyped } from '../command-line.ts';
import type { Effect } from './screen.ts';

/**
 * Starts `nascent` with these arguments, and says what one would type.
 *
 * @param saying what is said before what it prints, when it has ended
 */
export function started(
  given: readonly string[],
  saying: string,
): { readonly effects: readonly Effect[]; readonly say: string } {
  return {
    effects: [{ kind: 'command', given, saying }],
    say: `$ ${asTyped(given)}`,
  };
}
