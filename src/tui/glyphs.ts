/** The signs that Nascent shows, and what stands for them where a terminal has ASCII alone. */

export const marks = { done: '✓', current: '●', failed: '✖', stopped: '■', paused: '‖', note: '·' } as const;

export const bar = { full: '█', rest: '░' } as const;

export const ellipsis = '…';

const plain: { readonly [sign: string]: string } = {
  '✓': '+',
  '●': '*',
  '✖': 'x',
  '■': '!',
  '‖': '=',
  '▏': '|',
  '│': '|',
  '↑': '^',
  '↓': 'v',
  '·': '-',
  '█': '#',
  '░': '.',
  '…': '...',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '−': '-',
  '─': '-',
  '┬': '+',
  '▁': '_',
  '▃': '-',
  '→': '->',
  '←': '<-',
  '×': 'x',
  '±': '+-',
  '≤': '<=',
  '≥': '>=',
  '≈': '~',
  '²': '^2',
  α: 'alpha',
  Σ: 'sum',
  '∇': 'grad ',
};

const signs = new RegExp(`[${Object.keys(plain).join('')}]`, 'gu');

/** Our own signs in ASCII; what else is not ASCII, such as the name of a file, stays. */
export function asciiOf(text: string): string {
  return text.replaceAll(signs, (sign) => plain[sign] ?? sign);
}

/**
 * Whether a terminal has ASCII alone: a dumb one, the Linux console, or one whose locale is not UTF-8.
 *
 * POSIX takes the first of LC_ALL, LC_CTYPE and LANG that is not empty. Where none is, as in many containers, nothing
 * was said about the terminal, and nearly all are UTF-8.
 */
export function isAsciiOnly(env: NodeJS.ProcessEnv = process.env): boolean {
  const { TERM, LC_ALL, LC_CTYPE, LANG } = env;
  if (TERM === 'dumb' || TERM === 'linux') return true;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((each) => (each ?? '') !== '');
  return locale !== undefined && !/utf-?8/i.test(locale);
}
