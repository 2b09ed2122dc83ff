/** A model file in onnxruntime, on the provider itself where that is possible. */
import { NascentError } from '../errors.ts';
import { createOnnxSessionFromFile, type OnnxSession } from '../runtime/onnxruntime/file.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';

/** How far onnxruntime may rewrite the graph. */
export type Optimization = 'disabled' | 'basic' | 'extended' | 'all';

export interface OpenedSession {
  readonly session: OnnxSession;
  /** Undefined where every node runs on the provider. */
  readonly note: string | undefined;
}

/**
 * Opens a model. onnxruntime quietly runs on the processor what a provider has no kernel for, and a comparison of the
 * processor with itself proves nothing: so it is first forbidden, then allowed and told.
 *
 * @throws NascentError as createOnnxSessionFromFile does
 */
export async function openOnProvider(
  path: string,
  provider: Provider,
  optimization: Optimization = 'all',
): Promise<OpenedSession> {
  if (provider !== 'cpu') {
    // Cards round float32 products to 10 bits of mantissa unless told otherwise, for speed; onnxruntime-node has no
    // option for it.
    process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  }
  try {
    const session = await createOnnxSessionFromFile(path, provider, { strict: true, optimization });
    return { session, note: undefined };
  } catch (error) {
    const unplaced = error instanceof NascentError && error.code === 'onnx/unsupported' && provider !== 'cpu';
    if (!unplaced) throw error;
    const session = await createOnnxSessionFromFile(path, provider, { optimization });
    return { session, note: `some nodes have no kernel on ${provider} and run on the processor` };
  }
}
