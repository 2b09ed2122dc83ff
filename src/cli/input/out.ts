/** Where a command is told to write. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NascentError } from '../../errors.ts';
import { artefacts } from '../../run/artefacts/table.ts';

/** What a run is made of: what is written over one of them is lost, and often the run with it. */
const kept: ReadonlySet<string> = new Set([
  ...artefacts.flatMap(({ name, format }) => (['json', 'json lines', 'text'].includes(format) ? [name] : [])),
  'lease.json',
]);

/** @throws NascentError 'run/exists' where `path` is one of the files that a run is made of */
export function requireOut(path: string | undefined): void {
  if (path === undefined || !kept.has(basename(path))) return;
  const folder = dirname(path);
  if (!existsSync(join(folder, 'run.json'))) return;
  throw new NascentError('run/exists', `${path} is a file of the run in ${folder}, and would be lost`, {
    help: 'Give --out another name or folder.',
  });
}
