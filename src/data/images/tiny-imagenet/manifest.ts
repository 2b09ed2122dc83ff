/** `tiny-imagenet.json`, beside the images: it is written last, so its presence says that everything was unpacked. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { NascentError } from '../../../errors.ts';
import { errorCodeOf, writeFileWhole } from '../../../files/files.ts';

const manifestName = 'tiny-imagenet.json';

const schema = z.object({
  format: z.literal('nascent-tiny-imagenet-1'),
  /** Where the files came from, for people. */
  source: z.string(),
  /** Of the archive; null where a folder was given. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** By label. */
  classes: z.array(z.object({ id: z.string().regex(/^n\d{8}$/), name: z.string() })),
  images: z.object({ train: z.int().positive(), test: z.int().positive() }),
});

export type TinyManifest = Omit<z.infer<typeof schema>, 'format'>;

/**
 * The manifest in `directory`, or undefined where there is none.
 *
 * @throws NascentError `data/damaged` where it is not one
 */
export async function readTinyManifest(directory: string): Promise<TinyManifest | undefined> {
  const path = join(directory, manifestName);
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT' || errorCodeOf(cause) === 'ENOTDIR') return undefined;
    throw new NascentError('data/damaged', `${path} is not a list of what was unpacked`, {
      help: `Delete ${directory} and run nascent data get tiny-imagenet.`,
      cause,
    });
  }
}

export async function writeTinyManifest(directory: string, manifest: TinyManifest): Promise<void> {
  const text = JSON.stringify({ format: 'nascent-tiny-imagenet-1', ...manifest }, undefined, 2);
  await writeFileWhole(join(directory, manifestName), `${text}\n`);
}
