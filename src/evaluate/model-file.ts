/** A model file, read once: its bytes' identity, and what it says. */
import { readFile, stat } from 'node:fs/promises';
import { externalDataOf } from './external-data.ts';
import { decodeModel, type OnnxModel } from '../../proto/onnx.ts';
import { readable } from '../../exporters/onnx/check/check.ts';
import { requireInlinable } from '../../exporters/onnx/inlined.ts';
import { digestOfFile, errorCodeOf, sha256, specialFile } from '../files/files.ts';
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
 * Reads a model, its nodes in order, and checks that it is one that can be read.
 *
 * @throws NascentError 'data/missing' where there is no such file, 'onnx/invalid' where it is not a sound ONNX model,
 *   'onnx/unsupported' where it is of a format that is not known here
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const file = await decodeModelFile(path);
  return { ...file, model: readable(file.model, path) };
}

/** Reads a model that may be illegal: for whoever lets others say so. Throws as `readModelFile` does but for that. */
export async function decodeModelFile(path: string): Promise<ModelFile> {
  const bytes = await readModelBytes(path);
  const model = decodeModel(bytes, path, { external: externalDataOf(path) });
  // Whoever else reads it has to put functions in place of their calls, too.
  requireInlinable(model, path);
  return { path, bytes: bytes.length, sha256: sha256(bytes), model };
}

/** The bytes of a file. Throws 'data/missing', 'input/invalid' for a folder, a device or a pipe, 'disk/failed'. */
export async function readModelBytes(path: string): Promise<Uint8Array> {
  return requireFile(path)
    .then(async () => readFile(path))
    .catch((cause: unknown) => {
      throw unreadable(path, cause);
    });
}

/** What of a file goes into a report. */
export function identityOf({ path, bytes, sha256 }: ModelFile): ModelIdentity {
  return { path, bytes, sha256 };
}

/** What the format of the file, Protocol Buffers, allows. */
const mostBytes = 2 ** 31 - 1;

/**
 * @throws NascentError 'input/invalid' where a path leads to no regular file, 'onnx/invalid' where it leads to one that is too
 *   large to be a model; what the file system says where to none
 */
async function requireFile(path: string): Promise<void> {
  const what = await specialFile(path);
  if (what === undefined) {
    const { size } = await stat(path);
    if (size <= mostBytes) return;
    throw new NascentError('onnx/invalid', `${path} has ${size} bytes, and an ONNX file 2 GB at most`, {
      help: 'Weights of more are kept beside it. In Python: onnx.save(model, "out.onnx", save_as_external_data=True).',
    });
  }
  throw new NascentError('input/invalid', `${path} is ${what}, not a model`, {
    help: 'Give an .onnx file; what comes out of a pipe, write into one first.',
  });
}

/** For whoever has a library open it. Throws 'data/missing', 'input/invalid', 'disk/failed'. */
export async function requireModelFile(path: string): Promise<void> {
  await requireFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

/** What a file is, without looking into it. Throws as `readModelFile` does where it cannot be read. */
export async function readIdentity(path: string): Promise<ModelIdentity> {
  try {
    await requireFile(path);
    const { size } = await stat(path);
    return { path, bytes: size, sha256: await digestOfFile(path, 'sha256') };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): NascentError {
  if (cause instanceof NascentError) return cause;
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
