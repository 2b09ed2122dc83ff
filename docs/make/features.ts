/** Writes FEATURES.md from the tables in the code: `npm run features`. A test fails where it is not up to date. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { datasetFeatures } from './dataset-features.ts';
import { opFeatures } from './op-features.ts';
import { runtimeFeatures } from './runtime-features.ts';
import { strategyFeatures } from './strategy-features.ts';
import { spaceFeatures } from './space-features.ts';
import { taskFeatures } from './task-features.ts';
import { formatted } from './table.ts';

const path = fileURLToPath(new URL('../../FEATURES.md', import.meta.url));

export async function features(): Promise<string> {
  return formatted(
    [
      '# What there is',
      'Made from the tables that the program itself reads, by `npm run features`. Not edited by hand.',
      ...taskFeatures(),
      ...strategyFeatures(),
      ...spaceFeatures(),
      ...datasetFeatures(),
      ...runtimeFeatures(),
      ...opFeatures(),
    ],
    path,
  );
}

export async function writtenFeatures(): Promise<string> {
  return readFile(path, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(path, await features());
