/** A model file, read once: its bytes' identity, and what it says. */
import { readFile } from 'node:fs/promises';
import { decodeModel, type OnnxModel } from '../../proto/onnx.ts';
import { requireValid } from '../../exporters/onnx/check.ts';
import { errorCodeOf, sha256 } from '../files/files.ts';
import { NascentError, messageOf } from '../errors.ts';

/** Which file a report is about. */
export interface ModelIdentity {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ModelFile extends ModelIdentity {
  readonly model: OnnxModel;
}

/**
 * Reads a model and checks that it is a legal one.
 *
 * @throws NascentError 'data/missing' where there is no such file, 'onnx/invalid' where it is not a sound ONNX model,
 *   'onnx/unsupported' where its weights are in another file
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const file = await decodeModelFile(path);
  requireValid(file.model, path);
  return file;
}

/** Reads a model that may be illegal: for whoever lets others say so. Throws as `readModelFile` does but for that. */
export async function decodeModelFile(path: string): Promise<ModelFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const model = decodeModel(bytes, path);
  return { path, bytes: bytes.length, sha256: sha256(bytes), model };
}

/** What of a file goes into a report. */
export function identityOf({ path, bytes, sha256 }: ModelFile): ModelIdentity {
  return { path, bytes, sha256 };
}

function unreadable(path: string, cause: unknown): NascentError {
  const code = errorCodeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new NascentError('data/missing', `there is no model ${path}`, {
      help: 'Check the path; `nascent export` writes model.onnx into the run folder.',
      cause,
    });
  }
  if (code === 'EISDIR') {
    return new NascentError('input/invalid', `${path} is a folder, not a model`, {
      help: `Name the file in it, such as ${path.replace(/\/+$/, '')}/model.onnx.`,
      cause,
    });
  }
  const reason = messageOf(cause);
  return new NascentError('disk/failed', `cannot read ${path}: ${reason}`, {
    help: 'Check that the file is yours to read.',
    cause,
  });
}
