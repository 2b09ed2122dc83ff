/**
 * `NAME.json`, beside the files: what they are, where they came from and their digests. It is written last, so its
 * presence says that everything was checked, and it lets a folder of another size (a fixture, a part) be loaded as
 * safely as the real one.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { NascentError } from '../../../errors.ts';
import { errorCodeOf, writeFileWhole } from '../../../files/files.ts';
import type { KeptFile, Release } from './release.ts';

type Named = Pick<Release, 'name' | 'title'>;

export function manifestName({ name }: Pick<Release, 'name'>): string {
  return `${name}.json`;
}

const schema = (name: string) =>
  z.object({
    format: z.literal(`nascent-${name}-1`),
    name: z.string(),
    source: z.string(),
    files: z.array(
      z.object({
        name: z.string().regex(/^[\w.-]+$/),
        split: z.enum(['train', 'test']),
        records: z.int().positive(),
        holds: z.enum(['images', 'labels']).optional(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    ),
  });

export interface Manifest {
  readonly name: string;
  /** Where the files came from, for people. */
  readonly source: string;
  readonly files: readonly (KeptFile & { readonly digest: { readonly algorithm: 'sha256' } })[];
}

/**
 * The manifest in `directory`, or undefined where there is none.
 *
 * @throws NascentError `data/damaged` where it is not one
 */
export async function readManifest(directory: string, release: Named): Promise<Manifest | undefined> {
  const path = join(directory, manifestName(release));
  try {
    const { files, ...rest } = schema(release.name).parse(JSON.parse(await readFile(path, 'utf8')));
    return {
      ...rest,
      files: files.map(({ sha256: hex, ...file }) => ({ ...file, digest: { algorithm: 'sha256', hex } })),
    };
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT' || errorCodeOf(cause) === 'ENOTDIR') return undefined;
    throw new NascentError('data/damaged', `${path} is not a list of ${release.title} files`, {
      help: `Run nascent data get ${release.name}: it writes the list again.`,
      cause,
    });
  }
}

export async function writeManifest(
  directory: string,
  release: Pick<Release, 'name'>,
  { name, source, files }: Manifest,
): Promise<void> {
  const listed = files.map(({ digest, ...file }) => ({ ...file, sha256: digest.hex }));
  const text = JSON.stringify(
    { format: `nascent-${release.name}-1`, name, source, files: listed },
    undefined,
    2,
  );
  await writeFileWhole(join(directory, manifestName(release)), `${text}\n`);
}
