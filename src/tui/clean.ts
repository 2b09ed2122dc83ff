/**
 * Text from anywhere (labels, metadata, names of operators, paths, what a library says) made safe to show.
 *
 * A terminal obeys control characters, and bidirectional overrides make a text read as another. Each becomes the escape
 * that JSON has for it, such as `\u001b`, so that one sees it was there, and a JSON text still means the same.
 */

/** All of C0, DEL and C1 (Unicode's category Cc) but newline and tab, and the bidirectional embeddings and isolates. */
const unsafe = /(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** Whether there is anything to do; most texts have nothing, and a frame has hundreds of them. */
const special = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;

/** `text` with its newlines and tabs, and without any other character that a terminal acts on. */
export function clean(text: string): string {
  if (!special.test(text)) return text;
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A name, in which newlines and tabs are none of ours, either: it stays one line, and says all that is in it. */
export function cleanName(name: string): string {
  return clean(name.replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll('\t', '\\t'));
}

/** The same as one line: newlines and tabs become a space. */
export function cleanLine(text: string): string {
  return clean(text).replaceAll(/[\n\t]+/g, ' ');
}
