/**
 * `text.json`, beside the files: where they came from, their digests and what was counted in them. It is written last, so
 * its presence says that everything was checked.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { writeFileWhole } from '../../files/files.ts';
import { splits } from './releases.ts';
import type { Split } from './releases.ts';

export const manifestName = 'text.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.object({
  format: z.literal('nascent-text-1'),
  name: z.string(),
  source: z.string(),
  files: z.array(
    z.object({
      name: z.string(),
      split: z.enum(splits),
      tokens: z.int().positive(),
      sha256,
    }),
  ),
  vocabulary: z.object({ size: z.int().positive(), sha256 }),
});

export interface TextManifest {
  readonly name: string;
  /** Where the files came from, for people. */
  readonly source: string;
  readonly files: readonly {
    readonly name: string;
    readonly split: Split;
    readonly tokens: number;
    readonly sha256: string;
  }[];
  readonly vocabulary: { readonly size: number; readonly sha256: string };
}

/** The manifest in `directory`, or undefined where there is none that can be read: it is written again then. */
export async function readManifest(directory: string): Promise<TextManifest | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(join(directory, manifestName), 'utf8')));
  } catch {
    return undefined;
  }
}

export async function writeManifest(directory: string, manifest: TextManifest): Promise<void> {
  const text = JSON.stringify({ format: 'nascent-text-1', ...manifest }, undefined, 2);
  await writeFileWhole(join(directory, manifestName), `${text}\n`);
}
