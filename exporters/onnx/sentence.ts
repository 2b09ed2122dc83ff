/** What is said of a file, with names that are in it: a file may call a node whatever it likes. */

/** More is a name or a list that nobody reads: a file can be made that has one of a million. */
const mostLetters = 1000;

/** All that ends a line, or that a terminal obeys. */
const unsafe = /[\p{Cc}\u2028\u2029]/gu;

/** A sentence on one line, of a length that is read. What ends a line is shown as JSON has it. */
export function sentenceOf(text: string): string {
  const line = text.replaceAll(
    unsafe,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (line.length <= mostLetters) return line;
  const half = mostLetters / 2;
  return `${line.slice(0, half)} … (${line.length - 2 * half} letters more) … ${line.slice(-half)}`;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
