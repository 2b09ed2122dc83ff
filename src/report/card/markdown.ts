/** The little of Markdown that a card is made of. Whatever comes from a file is text in it, never markup. */

/** Text within a line: what Markdown or HTML would act on is escaped, and a line stays one line. */
export function text(raw: string): string {
  return visible(raw)
    .replaceAll(/[\\`*_{}[\]<>#+!|~&]/g, String.raw`\$&`)
    .replace(/^\s*[-=]/, String.raw`\$&`);
}

/** The same as code, in a fence longer than any within it. */
export function code(raw: string): string {
  const content = visible(raw).replaceAll('|', '¦');
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 || content.trim() === '' ? ' ' : '';
  return `${fence}${space}${content}${space}${fence}`;
}

/** Lines of a program. None of them begins with what a file says. */
export function program(language: string, lines: readonly string[]): string {
  return ['```' + language, ...lines, '```'].join('\n');
}

/** A string of Python and of JavaScript alike. */
export function literal(raw: string): string {
  return JSON.stringify(raw.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

/** @param rows of Markdown already */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** One line without control characters, bidirectional overrides and halves of characters. */
function visible(raw: string): string {
  return raw
    .replaceAll(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu, '\ufffd');
}
