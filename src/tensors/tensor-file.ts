/** Tensors in files of their own: `.pb`, as in ONNX's test datasets, and NumPy's `.npy`. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { decodeTensorFile, encodeTensorFile, type OnnxTensor } from '../../proto/onnx.ts';
import { NascentError, messageOf } from '../errors.ts';
import { errorCodeOf, specialFile, writeFileWhole } from '../files/files.ts';
import { readNpy, writeNpy } from './npy.ts';

/** How a tensor is written. */
export type TensorFormat = 'pb' | 'npy';

/**
 * Reads a tensor, by the ending of the file's name.
 *
 * @throws NascentError 'data/missing', 'data/damaged', 'onnx/invalid' where it is none, 'input/invalid' for another ending
 */
export async function readTensorFile(path: string): Promise<OnnxTensor> {
  const format = extname(path).toLowerCase();
  if (format !== '.pb' && format !== '.npy') {
    throw new NascentError('input/invalid', `${path === '' ? 'what is named' : path} is no tensor file`, {
      help: 'Give a .pb file, as in the test datasets of ONNX, or a .npy file of NumPy.',
    });
  }
  const bytes = await readTensorBytes(path).catch((cause: unknown) => {
    if (cause instanceof NascentError) throw cause;
    const code = errorCodeOf(cause);
    if (code === 'EISDIR') {
      throw new NascentError('input/invalid', `${path} is a folder, not a tensor`, {
        help: 'Name a file.',
        cause,
      });
    }
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new NascentError(
      missing ? 'data/missing' : 'disk/failed',
      missing ? `there is no tensor ${path}` : `cannot read ${path}: ${messageOf(cause)}`,
      { help: 'Check the path.', cause },
    );
  });
  return format === '.npy' ? readNpy(bytes, path) : decodeTensorFile(bytes, path);
}

async function readTensorBytes(path: string): Promise<Uint8Array> {
  const what = await specialFile(path);
  if (what === undefined) return readFile(path);
  throw new NascentError('input/invalid', `${path} is ${what}, not a tensor`, {
    help: 'Write the tensor into a file, and give that.',
  });
}

/** @throws NascentError 'onnx/unsupported' where the format cannot hold the tensor */
export async function writeTensorFile(path: string, tensor: OnnxTensor, format: TensorFormat): Promise<void> {
  if (format === 'npy' && tensor.dtype === 'string') {
    throw new NascentError('onnx/unsupported', 'a .npy file cannot hold text', {
      help: 'Write .pb files: --format pb.',
    });
  }
  const bytes = format === 'npy' && tensor.dtype !== 'string' ? writeNpy(tensor) : encodeTensorFile(tensor);
  await writeFileWhole(path, bytes);
}
