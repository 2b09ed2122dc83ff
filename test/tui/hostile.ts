/** What must never reach a terminal from a text of somebody else. */

import * as fc from 'fast-check';

/** C0 but newline and tab, DEL, C1, bidirectional embeddings, overrides and isolates. */
// oxlint-disable-next-line no-control-regex -- it is what is looked for
export const forbidden = /[\0-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u;

/** Text in which what must not come out is frequent. */
export const hostile = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCodePoint(code)),
    fc.constantFrom(...Array.from('\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069漢😀é')),
    fc.constantFrom('\u001B[2J', '\u001B]0;title\u0007', '\u009B31m', '\u001B[1;31m', '\r\n', '\uD800'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});
