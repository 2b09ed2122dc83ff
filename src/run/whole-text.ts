/** Files that are read whole where whoever asked waits, and could not even be interrupted. */

import { readFileSync, statSync } from 'node:fs';

import { NascentError } from '../errors.ts';

/** More than any run writes; a file that is longer is not what its name says. */
const mostBytes = 256 << 20;

/**
 * The text of a file. A pipe or a device is refused, because it may never end, and a file that is longer than any run
 * writes.
 *
 * @throws NascentError 'run/damaged'; the error of the file system, such as ENOENT
 */
export function wholeText(file: string): string {
  requireWhole(file, statSync(file));
  return readFileSync(file, 'utf8');
}

/** @throws NascentError 'run/damaged' for what is no file, or longer than any run writes */
export function requireWhole(
  file: string,
  stat: { isFile(): boolean; isDirectory(): boolean; readonly size: number },
): void {
  if (stat.isFile() && stat.size <= mostBytes) return;
  const other = stat.isDirectory() ? 'is a folder, and no file' : 'is a pipe or a device, and no file';
  const what = stat.isFile() ? 'is longer than any run writes' : other;
  throw new NascentError('run/damaged', `${file} ${what}`, { help: 'Restore the file from a copy.' });
}
