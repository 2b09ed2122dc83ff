/**
 * Text into words, as the language models of PTB and WikiText-2 count them: a line is its words and then `<eos>`, and a
 * blank line is an `<eos>` alone. The published token counts are counts of these.
 */

/** The token at the end of each line. */
export const eos = '<eos>';

/**
 * What lies between words: the characters that Python's `str.split()` takes for white space, which are not quite those
 * of JavaScript's `\s` (U+0085 and U+001C to U+001F are, the byte order mark is not). The published vocabularies were
 * made by Python.
 */
// oxlint-disable-next-line no-control-regex -- the separators U+001C to U+001F are what this line is about
const word = /[^\p{White_Space}\u001c-\u001f]+/gu;

/** The lines of a text. The end of the last line is not the start of another. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The words of a line, without `<eos>`. */
export function wordsOf(line: string): readonly string[] {
  return line.match(word) ?? [];
}

/** How many tokens a text has, one `<eos>` a line counted. */
export function countTokens(text: string): number {
  let count = 0;
  for (const line of linesOf(text)) count += wordsOf(line).length + 1;
  return count;
}
