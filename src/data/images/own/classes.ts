/** Names of classes that are one name, written in two ways. */

/** One name in two forms: of letters with accents, or of capitals. */
export function foldedClass(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** The first two names that differ by the way they are written only, in words; undefined where there are none. */
export function twoSpellings(names: Iterable<string>): string | undefined {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(foldedClass(name));
    if (other !== undefined) {
      return other.normalize('NFC') === name.normalize('NFC')
        ? `"${name}" in two Unicode forms`
        : `"${other}" and "${name}"`;
    }
    seen.set(foldedClass(name), name);
  }
  return undefined;
}
