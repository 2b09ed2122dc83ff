/** What a model file says without what other files hold, which a session reads by itself. */
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
