/**
 * The colours of everything Nascent shows, by meaning. Views and messages name a meaning, never a colour.
 *
 * NO_COLOR (https://no-color.org) and `--no-color`, which sets it, leave the text alone. Meaning is never in the colour
 * only: each mark has its own shape.
 */

export type Meaning = 'title' | 'done' | 'current' | 'failed' | 'bar' | 'quiet' | 'warning';

interface Style {
  readonly color?: 'green' | 'cyan' | 'red' | 'yellow';
  readonly bold?: true;
  readonly dimColor?: true;
}

const styles: { readonly [M in Meaning]: Style } = {
  title: { bold: true },
  done: { color: 'green' },
  current: { color: 'cyan' },
  failed: { color: 'red', bold: true },
  bar: { color: 'cyan' },
  quiet: { dimColor: true },
  warning: { color: 'yellow' },
};

/** The terminal's own numbers (ECMA-48, SGR). Node's styleText looks at stdout, and this is for stderr too. */
const foreground = { red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export const marks = { done: '✓', current: '●', failed: '✖', stopped: '■', note: '·' } as const;

/** The props of an Ink `Text` for a meaning. */
export function inkStyle(meaning: Meaning): Style {
  return colourless() ? {} : styles[meaning];
}

/** `text` as a terminal shows a meaning; as it is when `stream` is no terminal. */
export function paint(meaning: Meaning, text: string, stream: { readonly isTTY?: boolean }): string {
  if (stream.isTTY !== true || colourless()) return text;
  const { color, bold, dimColor } = styles[meaning];
  const codes = [bold && 1, dimColor && 2, color && foreground[color]].filter((code) => code !== undefined);
  return `\u001B[${codes.join(';')}m${text}\u001B[0m`;
}

function colourless(): boolean {
  return (process.env['NO_COLOR'] ?? '') !== '';
}
