/**
 * Text whose width every terminal agrees on, for what stands in columns.
 *
 * Terminals differ in what they make of characters that are drawn as one: some show a family of emoji as one picture, some
 * as three; a flag as two cells or four; a sign that is asked to be a picture as one cell or two. Such pairs are taken
 * apart into what all show alike. What is written to files and pipes stays as it is.
 */

/** What is not seen and only changes how its neighbours are drawn (joiners, selectors, fillers), and skin tones. */
const joining = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}]/gu;
const flagLetter = /\p{Regional_Indicator}/gu;
const firstFlagLetter = 0x1f1e6;

/** Whether there is anything to do; most texts have nothing, and a frame has hundreds of them. */
// oxlint-disable-next-line no-control-regex -- all of ASCII
const plain = /^[\0-\u00AC\u00AE-\u02FF]*$/;

export function steady(text: string): string {
  if (plain.test(text)) return text;
  return text
    .normalize('NFC')
    .replaceAll(joining, '')
    .replaceAll(flagLetter, (sign) =>
      String.fromCodePoint(0x41 + (sign.codePointAt(0) ?? firstFlagLetter) - firstFlagLetter),
    );
}
