/**
 * The colours of everything Nascent shows, by meaning. Views and messages name a meaning, never a colour, and meaning is
 * never in the colour only: each mark has its own shape.
 *
 * Whether there are colours is decided as Node's own `getColorDepth` does: FORCE_COLOR says it whatever the stream is
 * (empty, `1`, `2`, `3` and `true` are yes, anything else is no), then NO_COLOR (https://no-color.org) and a dumb
 * terminal are no, and then a terminal is yes. `--color` and `--no-color` set these variables, so the flags win.
 */

import { clean } from './clean.ts';
import { asciiOf, isAsciiOnly } from './glyphs.ts';

export type Meaning =
  | 'title'
  | 'done'
  | 'current'
  | 'failed'
  | 'bar'
  | 'quiet'
  | 'warning'
  | 'strong'
  | 'selected'
  | 'series1'
  | 'series2'
  | 'series3'
  | 'series4';

interface Style {
  readonly color?: 'green' | 'cyan' | 'red' | 'yellow' | 'blue' | 'magenta';
  readonly bold?: true;
  readonly dim?: true;
  /** The colours of text and background change places. */
  readonly inverse?: true;
}

const styles: { readonly [M in Meaning]: Style } = {
  title: { bold: true },
  done: { color: 'green' },
  current: { color: 'cyan' },
  failed: { color: 'red', bold: true },
  bar: { color: 'cyan' },
  quiet: { dim: true },
  warning: { color: 'yellow' },
  strong: { bold: true },
  selected: { inverse: true },
  series1: { color: 'blue' },
  series2: { color: 'magenta' },
  series3: { color: 'green' },
  series4: { color: 'yellow' },
};

/** The terminal's own numbers (ECMA-48, SGR), which follow the theme that a person has chosen. */
const foreground = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

export interface Span {
  readonly meaning: Meaning;
  readonly text: string;
}

/** What is said: text, text with a meaning, or several after one another. */
export type Talk = string | Span | readonly Talk[];

/** How a stream is written to. */
export interface Look {
  readonly colour: boolean;
  readonly ascii: boolean;
}

export function span(meaning: Meaning, text: string): Span {
  return { meaning, text };
}

/** `talk` as it goes to a terminal: the only control characters are newlines, tabs and the styles of meanings. */
export function render(talk: Talk, look: Look): string {
  if (typeof talk === 'string') return look.ascii ? asciiOf(clean(talk)) : clean(talk);
  if ('meaning' in talk) return paint(talk.meaning, render(talk.text, look), look);
  return talk.map((part) => render(part, look)).join('');
}

export function lookOf(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Look {
  return { colour: isColourful(stream, env), ascii: isAsciiOnly(env) };
}

function isColourful(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = env;
  if (FORCE_COLOR !== undefined) return ['', '1', '2', '3', 'true'].includes(FORCE_COLOR);
  return stream.isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}

function paint(meaning: Meaning, text: string, { colour }: Look): string {
  if (!colour || text === '') return text;
  const { color, bold, dim, inverse } = styles[meaning];
  const codes = [bold && 1, dim && 2, inverse && 7, color && foreground[color]].filter(
    (code) => code !== undefined,
  );
  return `\u001B[${codes.join(';')}m${text}\u001B[0m`;
}
