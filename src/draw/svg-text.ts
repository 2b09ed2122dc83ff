/**
 * The small change of writing SVG by hand: escaping, numbers, and how wide a text will be.
 *
 * Text width is estimated, because nothing here can ask the viewer's font. The table follows DejaVu Sans, the widest of
 * the usual sans-serif faces, so a box sized by it holds its text in Helvetica, Arial and Segoe UI as well.
 */

export function escapeXml(text: string): string {
  return legalText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** `text` with a sign in the place of what is not for a drawing, be it as XML or as other text. */
export function legalText(text: string): string {
  // Control characters and halves of a surrogate pair are illegal in XML even when escaped. Bidirectional overrides are
  // legal, and make a text read as another.
  return text.replaceAll(
    /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu,
    '\ufffd',
  );
}

/** A coordinate with at most two decimals: short, and the same on every machine. */
export function coordinate(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

/** Estimated width of one line of text, in the units of `size`. */
export function textWidth(text: string, size: number): number {
  let em = 0;
  for (const character of text) em += characterWidth(character);
  return em * size;
}

function characterWidth(character: string): number {
  if (/[ijl.,:;'|!\s]/.test(character)) return 0.33;
  if (/[frtI()[\]{}"/\\-]/.test(character)) return 0.43;
  if (/[mwMW@%…—]/.test(character)) return 0.98;
  if (/[A-Z]/.test(character)) return 0.72;
  if (/[a-z0-9_]/.test(character)) return 0.63;
  return 0.84;
}

/** `text`, cut with an ellipsis where it would be wider than `width`. */
export function fitText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (textWidth(`${kept}${character}…`, size) > width) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
