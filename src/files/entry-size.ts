/** How large a file in an archive may be: it is unpacked into memory, and a damaged size must not take all there is. */

import { NascentError } from '../errors.ts';

const largestEntry = 256 * 2 ** 20;

/** @throws NascentError `input/invalid` */
export function assertEntrySize(name: string, size: number): void {
  if (size <= largestEntry) return;
  throw new NascentError(
    'input/invalid',
    `${name} has ${size.toLocaleString('en-US')} bytes, and a file in an archive may have at most ` +
      largestEntry.toLocaleString('en-US'),
    { help: 'Unpack the archive, and name the folder.' },
  );
}
