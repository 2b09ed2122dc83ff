/** A model file with the files beside it that hold its weights, for a runtime that does not read them itself. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NascentError } from '../errors.ts';
import type { ModelParts } from '../runtime/file-runtime.ts';
import { externalFilesOf } from './external-data.ts';
import { readModelBytes } from './model-file.ts';

/** What is read at once. */
const mostBytes = 2 ** 31 - 1;

/** @throws NascentError as `readModelFile` does; 'onnx/unsupported' where a file beside it is too large for that */
export async function readModelParts(path: string): Promise<ModelParts> {
  const bytes = await readModelBytes(path);
  const files = externalFilesOf(path, bytes);
  const external = files.map(async (file) => [file, await readWhole(join(dirname(path), file))] as const);
  return { path, bytes, external: new Map(await Promise.all(external)) };
}

async function readWhole(file: string): Promise<Uint8Array> {
  const { size } = await stat(file);
  if (size <= mostBytes) return readFile(file);
  throw new NascentError(
    'onnx/unsupported',
    `${file} has ${size} bytes, and a runtime that is given its files holds 2 GB at most`,
    { help: 'Run it in onnxruntime, which reads the file itself.' },
  );
}
