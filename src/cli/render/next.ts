/** Commands that are shown to be typed next. */

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

/** A path as one word of a shell. */
export function word(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** ` --data …`, with the folder where the data are not in the cache. */
export function dataFlags({
  data,
  from,
}: {
  readonly data: string;
  readonly from?: string | undefined;
}): string {
  return ` --data ${data}${from === undefined ? '' : ` --from ${word(from)}`}`;
}
