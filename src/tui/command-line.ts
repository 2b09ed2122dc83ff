/** Commands as they are shown, to be typed. */

import { isAbsolute, relative } from 'node:path';

/**
 * `nascent …` as it can be typed here: npx finds what is on nobody's path, the package in a project and, in a clone of
 * the repository, the clone itself. Whoever came by npx, or by the clone's `npm start`, goes on so.
 */
export function commandLine(rest: string): string {
  const { npm_package_name, npm_lifecycle_event } = process.env;
  const byNpx = npm_lifecycle_event === 'npx';
  const inClone = npm_package_name === 'nascent' && npm_lifecycle_event === 'start';
  return byNpx || inClone ? `npx nascent ${rest}` : `nascent ${rest}`;
}

/** A path, or whatever else is given to a command, as one word of a shell. */
export function word(path: string): string {
  // A shell takes a tilde at the beginning for somebody's home.
  return /^(?!~)[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** `nascent` with these words as one would type it here: paths below the folder that one is in are from there. */
export function asTyped(given: readonly string[]): string {
  return commandLine(given.map((each) => word(fromHere(each))).join(' '));
}

/** A path as one would type it: one that is below the folder one is in, from there. What is no absolute path is as it is. */
export function fromHere(path: string): string {
  if (!isAbsolute(path)) return path;
  const below = relative('', path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : below;
}
