/**
 * Bytes of a file as text that loses nothing. ONNX says UTF-8; files with another byte in a name are about, and are run:
 * such a byte is held as a lone surrogate, U+DC80 to U+DCFF, so that different names stay different.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escaped(bytes);
  }
}

/** A name is short; longer ones are a blob in a string's place, whose bytes become characters one by one. */
const longest = 2 ** 16;

function escaped(bytes: Uint8Array): string {
  if (bytes.length > longest) return Buffer.from(bytes).toString('latin1');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0
        ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
        : strict.decode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return text;
}

/** How many bytes the character that begins at `at` has; 0 where none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length < 2) return length;
  const slice = bytes.subarray(at, at + length);
  if (slice.length < length) return 0;
  try {
    strict.decode(slice);
    return length;
  } catch {
    return 0;
  }
}
