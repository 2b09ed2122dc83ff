/** How many cells of a terminal a text takes. */

import { cleanLine } from './clean.ts';
import { ellipsis } from './glyphs.ts';
import { steady } from './steady.ts';
import { render } from './theme.ts';
import type { Look, Meaning, Talk } from './theme.ts';

/** Marks on the character before them, and the vowels and ends of Korean syllables that are written in parts. */
const zero = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF\uD7B0-\uD7FF]/u;
/** East Asian wide and full-width characters, and signs that are drawn as pictures. */
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;

/** What charts and frames are drawn with: lines, blocks and Braille. */
const ruled = /[\u2500-\u259F\u2800-\u28FF]/;

/** @param text of one line, without control characters */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += cells(character);
  return width;
}

/** How many cells `talk` takes as one line. */
export function widthOfTalk(talk: Talk): number {
  if (typeof talk === 'string') return onOneLine(talk).width;
  if ('meaning' in talk) return onOneLine(talk.text).width;
  return talk.reduce((sum, part) => sum + widthOfTalk(part), 0);
}

interface OneLine {
  /** With the characters that every terminal shows alike, on one line. */
  readonly text: string;
  readonly width: number;
}

/** What frames said before: the next one says most of it again. */
const known = new Map<string, OneLine>();
const mostKnown = 1_024;
/** A text that is longer is on no line whole. */
const longestKnown = 512;

function onOneLine(given: string): OneLine {
  const found = known.get(given);
  if (found !== undefined) return found;
  if (known.size >= mostKnown) known.clear();
  const text = steady(cleanLine(given));
  const made = { text, width: widthOf(text) };
  if (given.length <= longestKnown) known.set(given, made);
  return made;
}

/** `talk` with spaces after it, as wide as `columns`. */
export function padded(talk: Talk, columns: number): Talk {
  return [talk, ' '.repeat(Math.max(0, columns - widthOfTalk(talk)))];
}

/**
 * `talk` as one line of at most `columns` cells; an ellipsis ends what had to be cut. A number is there whole or not at
 * all: half of its digits would be another number.
 */
export function fitting(talk: Talk, columns: number, look: Look): Talk {
  const parts = partsOf(talk, look);
  if (parts.reduce((sum, { text }) => sum + onOneLine(text).width, 0) <= columns) return parts.map(talkOf);
  const whole = parts.map(({ text }) => text).join('');
  const end = render(ellipsis, look);
  if (widthOf(end) > columns) return '';
  let left = withoutLastNumber(beginning(whole, columns - widthOf(end))).length;
  const kept = parts.map((part): Talk => {
    const text = part.text.slice(0, left);
    left -= text.length;
    return talkOf({ ...part, text });
  });
  return [...kept, end];
}

/** The same for a text whose end says more than its beginning, such as a path: an ellipsis begins what had to be cut. */
export function fittingEnd(text: string, columns: number, look: Look): string {
  const whole = render(onOneLine(text).text, look);
  if (widthOf(whole) <= columns) return whole;
  const start = render(ellipsis, look);
  if (widthOf(start) > columns) return '';
  let [kept, width] = ['', widthOf(start)];
  for (const character of Array.from(whole).reverse()) {
    width += cells(character);
    if (width > columns) break;
    kept = character + kept;
  }
  // A mark belongs to the character before it, and the digits of a number to each other.
  return start + kept.replace(/^\p{M}+/u, '').replace(/^[\d.,]*\d/, '');
}

/** The first of some ways to say the same, from the longest, that fits; the last where none does. */
export function firstFitting(choices: readonly [Talk, ...Talk[]], columns: number): Talk {
  const [first, ...rest] = choices;
  const found = choices.find((choice) => widthOfTalk(choice) <= columns);
  return found ?? rest.at(-1) ?? first;
}

/** Without a number at its very end, of which more may follow. */
function withoutLastNumber(text: string): string {
  return text.replace(/[-−+]?\.?\d[\d.,]*$/, '');
}

interface Part {
  readonly meaning?: Meaning;
  readonly text: string;
}

/** The parts of `talk` that have one meaning, or none, with the characters that will be shown. */
function partsOf(talk: Talk, look: Look): readonly Part[] {
  if (typeof talk === 'string') return [{ text: render(onOneLine(talk).text, look) }];
  if (!('meaning' in talk)) return talk.flatMap((part) => partsOf(part, look));
  return [{ meaning: talk.meaning, text: render(onOneLine(talk.text).text, look) }];
}

function talkOf({ meaning, text }: Part): Talk {
  return meaning === undefined ? text : { meaning, text };
}

function beginning(text: string, columns: number): string {
  let [kept, width] = ['', 0];
  for (const character of text) {
    width += cells(character);
    if (width > columns) break;
    kept += character;
  }
  return kept;
}

function cells(character: string): number {
  if (character < '\u0300' || ruled.test(character)) return 1;
  if (zero.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
