/** A model file with the files beside it that hold its weights, for a runtime that does not read them itself. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelParts } from '../runtime/file-runtime.ts';
import { externalFilesOf } from './external-data.ts';
import { readModelBytes } from './model-file.ts';

/** @throws NascentError as `readModelFile` does */
export async function readModelParts(path: string): Promise<ModelParts> {
  const bytes = await readModelBytes(path);
  const files = externalFilesOf(path, bytes);
  const external = files.map(async (file) => [file, await readFile(join(dirname(path), file))] as const);
  return { path, bytes, external: new Map(await Promise.all(external)) };
}
