/**
 * `cifar10.json`, beside the files: what they are, where they came from and their digests. It is written last, so its
 * presence says that everything was checked, and it lets a folder of another size (a fixture, a part) be loaded as
 * safely as the real one.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { NascentError } from '../../../errors.ts';
import { errorCodeOf, writeFileWhole } from '../../../files/files.ts';
import type { BatchFile } from './format.ts';

export const manifestName = 'cifar10.json';

const schema = z.object({
  format: z.literal('nascent-cifar10-1'),
  name: z.string(),
  source: z.string(),
  files: z.array(
    z.object({
      name: z.string().regex(/^[\w.-]+$/),
      split: z.enum(['train', 'test']),
      records: z.int().positive(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

export interface Manifest {
  readonly name: string;
  /** Where the files came from, for people. */
  readonly source: string;
  readonly files: readonly BatchFile[];
}

/**
 * The manifest in `directory`, or undefined where there is none.
 *
 * @throws NascentError `data/damaged` where it is not one
 */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  const path = join(directory, manifestName);
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT' || errorCodeOf(cause) === 'ENOTDIR') return undefined;
    throw new NascentError('data/damaged', `${path} is not a list of CIFAR-10 files`, {
      help: 'Run nascent data get cifar10: it writes the list again.',
      cause,
    });
  }
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify({ format: 'nascent-cifar10-1', ...manifest }, undefined, 2);
  await writeFileWhole(join(directory, manifestName), `${text}\n`);
}
