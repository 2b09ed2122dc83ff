/**
 * Text into tokens. By words it is as the language models of PTB and WikiText-2 count them: a line is its words and then
 * `<eos>`, and a blank line is an `<eos>` alone. The published token counts are counts of these. By characters a line is
 * its characters, white space among them, and then `<eos>`.
 *
 * A character is a Unicode code point. What a reader takes for one may be several (a letter and its accent, a family of
 * emoji); but which belong together changes with Unicode's version, and so with Node's, and there is no end of them,
 * while code points are the same everywhere and few.
 *
 * A text is gone through piece by piece: an array of the words of a large one, or even of its lines, is longer than
 * JavaScript's arrays can be (about 10⁸ elements), and that ends the process.
 */

/** The token at the end of each line. */
export const eos = '<eos>';

/** What stands for what a vocabulary lacks, as PTB and WikiText-2 write it. */
export const unknownWord = '<unk>';

/** What a text is read by. */
export const levels = ['word', 'character'] as const;
export type Level = (typeof levels)[number];

/** A text in memory: a string, or the UTF-8 bytes of a file. */
export type Text = string | Uint8Array;

/**
 * What lies between words: the characters that Python's `str.split()` takes for white space, which are not quite those
 * of JavaScript's `\s` (U+0085 and U+001C to U+001F are, the byte order mark is not). The published vocabularies were
 * made by Python.
 */
// oxlint-disable-next-line no-control-regex -- the separators U+001C to U+001F are what this line is about
const word = /[^\p{White_Space}\u001c-\u001f]+/gu;

const lineEnd = /\r\n|\r|\n/g;
const wordOrLineEnd = `${lineEnd.source}|${word.source}`;

/** Characters, or bytes, that are looked at at once. */
const pieceSize = 2 ** 20;

/** What has no white space for so long is no text, and would have to be held whole. */
export const longestWord = 2 ** 16;

/** The lines of a short text. The end of the last line is not the start of another. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(lineEnd);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The words of a line, without `<eos>`. */
export function wordsOf(line: string): readonly string[] {
  return line.match(word) ?? [];
}

/**
 * Calls `onWord` for each word of a text and `onLine` at the end of each line, in order. The words are `wordsOf` the lines
 * that are `linesOf` the text; memory for a piece of it is all that is needed beside the text.
 *
 * @param size how long a piece is; the tokens do not depend on it
 * @throws TypeError where bytes are not UTF-8; RangeError at a word of more than `longestWord` characters
 */
export function readTokens(
  text: Text,
  onWord: (word: string) => void,
  onLine: () => void,
  size = pieceSize,
): void {
  const pattern = new RegExp(wordOrLineEnd, 'gu');
  let rest = '';
  let lineHasBegun = false;
  const read = (piece: string, last: boolean) => {
    const whole = rest + piece;
    rest = '';
    pattern.lastIndex = 0;
    let end = 0;
    for (let match = pattern.exec(whole); match !== null; match = pattern.exec(whole)) {
      const token = match[0];
      end = pattern.lastIndex;
      if (token.length > longestWord)
        throw new RangeError(`it has a word of more than ${longestWord} characters`);
      if (end === whole.length && !last) {
        // A word or a line end may go on in the next piece.
        rest = token;
      } else if (token === '\n' || token === '\r' || token === '\r\n') {
        onLine();
        lineHasBegun = false;
      } else {
        onWord(token);
        lineHasBegun = true;
      }
    }
    // White space alone makes a line, too.
    if (end < whole.length) lineHasBegun = true;
  };
  for (const piece of piecesOf(text, size)) read(piece, false);
  read('', true);
  if (lineHasBegun) onLine();
}

/**
 * As `readTokens`, character by character: `onCharacter` has all of a line but its end.
 *
 * @throws TypeError where bytes are not UTF-8
 */
export function readCharacters(
  text: Text,
  onCharacter: (character: string) => void,
  onLine: () => void,
  size = pieceSize,
): void {
  let [lineHasBegun, afterReturn] = [false, false];
  for (const piece of piecesOf(text, size)) {
    for (const character of piece) {
      const endsLine = character === '\n' || character === '\r';
      // The second half of a line end.
      const isOver = character === '\n' && afterReturn;
      afterReturn = character === '\r';
      if (isOver) continue;
      if (endsLine) onLine();
      else onCharacter(character);
      lineHasBegun = !endsLine;
    }
  }
  if (lineHasBegun) onLine();
}

/** What reads a text at a level. */
export const readers = { word: readTokens, character: readCharacters } as const;

/** The tokens of a short text, `<eos>` at the end of each line but the last. */
export function tokensOf(text: string, level: Level): readonly string[] {
  return linesOf(text).flatMap((line, i) => [
    ...(i === 0 ? [] : [eos]),
    ...(level === 'word' ? wordsOf(line) : Array.from(line)),
  ]);
}

function* piecesOf(text: Text, size: number): Generator<string> {
  if (typeof text === 'string') {
    for (let at = 0; at < text.length;) {
      // A character of two code units is not cut in two.
      const end = Math.min(at + size, text.length);
      const whole = isHighSurrogate(text.charCodeAt(end - 1)) ? end + 1 : end;
      yield text.slice(at, whole);
      at = whole;
    }
    return;
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let at = 0; at < text.length; at += size) {
    yield decoder.decode(text.subarray(at, at + size), { stream: true });
  }
  yield decoder.decode();
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** How many words, or characters, and lines a text has; as tokens, one `<eos>` a line, their sum. */
export function countTokens(
  text: Text,
  level: Level = 'word',
): { readonly words: number; readonly lines: number } {
  let [words, lines] = [0, 0];
  readers[level](
    text,
    () => (words += 1),
    () => (lines += 1),
  );
  return { words, lines };
}
