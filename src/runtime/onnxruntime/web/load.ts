/**
 * onnxruntime-web in Node: the same library in WebAssembly, with other kernels than those of onnxruntime-node, on one
 * thread.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, NascentError } from '../../../errors.ts';
import { findExtra, howToGetExtra } from '../../extra/packages.ts';
import { oneLine } from '../../probe/reasons.ts';
import type * as OrtModule from 'onnxruntime-node';

/** Both packages have the interface of onnxruntime-common. */
export type OnnxruntimeWeb = Pick<typeof OrtModule, 'InferenceSession' | 'Tensor' | 'env'>;

/** @throws NascentError 'runtime/unavailable' where the package is missing or does not load */
export async function loadOnnxruntimeWeb(): Promise<OnnxruntimeWeb> {
  const found = findExtra('onnxruntime-web');
  if (found === undefined) throw unavailable('it is not installed');
  try {
    const entry = pathToFileURL(join(found.folder, 'dist', 'ort.node.min.mjs'));
    const ort = (await import(entry.href)) as OnnxruntimeWeb;
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'fatal';
    return ort;
  } catch (cause) {
    throw unavailable(oneLine(messageOf(cause)), cause);
  }
}

function unavailable(reason: string, cause?: unknown): NascentError {
  return new NascentError('runtime/unavailable', `onnxruntime-web cannot be used: ${reason}`, {
    help: howToGetExtra('onnxruntime-web'),
    cause,
  });
}
