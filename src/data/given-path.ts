/** What a person names by `--from`: a folder, or an archive. */

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

import { NascentError } from '../errors.ts';

/**
 * @param takes what `--from` takes, for the help: `a folder with …`
 * @throws NascentError 'data/missing' where there is nothing, 'input/invalid' where it is a file that is no archive
 */
export async function requirePath(from: string, archive: RegExp, takes: string): Promise<Stats> {
  const help = `--from takes ${takes}.`;
  if (from === '') throw new NascentError('input/invalid', '--from names nothing: it is empty', { help });
  const entry = await stat(from).catch(() => undefined);
  if (entry === undefined) throw new NascentError('data/missing', `there is no ${from}`, { help });
  if (entry.isDirectory() || archive.test(from)) return entry;
  throw new NascentError('input/invalid', `${from} is a file, and neither a folder nor an archive`, {
    help,
  });
}
