/** Commands that are shown to be typed next. */

/** The repository's own scripts that lead here. */
const scripts = ['start', 'nascent'];

/**
 * `nascent …` as it can be typed here: where npm started the command in a clone of the repository, `nascent` is on
 * nobody's path, and npm runs it.
 */
export function commandLine(rest: string): string {
  const { npm_package_name, npm_lifecycle_event = '' } = process.env;
  const inClone = npm_package_name === 'nascent' && scripts.includes(npm_lifecycle_event);
  return inClone ? `npm run nascent -- ${rest}` : `nascent ${rest}`;
}

/** A path as one word of a shell. */
export function word(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
