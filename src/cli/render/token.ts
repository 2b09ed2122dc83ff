/** A token of a text as it is shown. */
import { eos, unknownWord, type Level } from '../../data/text/tokens.ts';

/** A character is in quotes: white space would not be seen. */
export function shownToken(token: string, level: Level): string {
  return level === 'word' || token === eos || token === unknownWord ? token : JSON.stringify(token);
}
