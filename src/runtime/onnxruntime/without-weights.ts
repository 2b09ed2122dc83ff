/** What a model file says without what other files hold, which a session reads by itself. */
import { readFile } from 'node:fs/promises';
import { requireInlinable } from '../../../exporters/onnx/inlined.ts';
import { decodeModel, invalid, type OnnxModel } from '../../../proto/onnx.ts';

/** Throws as `decodeModel` does. */
export function withoutWeights(bytes: Uint8Array): OnnxModel {
  return decodeModel(bytes, 'the model', {
    external() {
      throw invalid('what other files hold is not read');
    },
    faults: { push: () => undefined },
  });
}

/**
 * onnxruntime puts functions in place of their calls, however many nodes that makes, and cannot be stopped meanwhile.
 *
 * @throws NascentError 'onnx/unsupported' where that would be too many
 */
export async function requireOpenable(path: string): Promise<void> {
  let model: OnnxModel;
  try {
    model = withoutWeights(await readFile(path));
  } catch {
    // What is wrong with the file is onnxruntime's to say, and it reads formats that we do not.
    return;
  }
  requireInlinable(model, path);
}
