/** Files that are looked at again and again, and read only when they are others than before. */

import { statSync } from 'node:fs';

import { attempt } from '../errors.ts';

/** Tells a file from what it was: its number, size and time of change. Empty where there is none, or none to be seen. */
export function stampOf(file: string): string {
  const [stat] = attempt(() => statSync(file, { throwIfNoEntry: false }));
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

/**
 * What `read` makes of a file, read again only when the file is another. For files that are written whole, each time a
 * new one: of two writings within the resolution of the file system's clock one could be missed where it is the same.
 * What cannot be read is tried again each time.
 */
export function whenChanged<T>(file: string, read: () => T): () => T {
  let known: { readonly stamp: string; readonly value: T } | undefined;
  return () => {
    // Before the reading: what is written meanwhile is read the next time.
    const stamp = stampOf(file);
    if (known?.stamp === stamp && stamp !== '') return known.value;
    known = undefined;
    const value = read();
    known = { stamp, value };
    return value;
  };
}
