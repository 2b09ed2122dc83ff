/**
 * onnxruntime-node, loaded when it is first needed: it is large, and most commands never run a network.
 */
import type * as OrtModule from 'onnxruntime-node';
import { internal, NascentError, messageOf } from '../../errors.ts';
import { preloadCuda } from '../native-preload.ts';
import { cudaProviderInstalled, howToGetOnnxruntime, importOnnxruntime } from './package.ts';
import { findNvidiaDriver } from '../probe/nvidia.ts';
import { explainCuda, explainWebGpu, oneLine, whyNoCuda, type Explanation } from '../probe/reasons.ts';

export type Provider = 'cpu' | 'cuda' | 'webgpu';

/** The package, as far as it is used here. */
export type Onnxruntime = Pick<typeof OrtModule, 'InferenceSession' | 'Tensor'>;

/** Throws 'runtime/unavailable' where the package, or what the provider needs, is missing. */
export async function loadOnnxruntime(provider: Provider): Promise<Onnxruntime> {
  if (provider === 'cuda') {
    const { platform, arch } = process;
    const driver = await findNvidiaDriver();
    const why = whyNoCuda({ platform, arch, driver, providerInstalled: cudaProviderInstalled() });
    if (why !== undefined) throw unavailable(provider, why);
    preloadCuda();
  }
  try {
    return await importOnnxruntime();
  } catch (error) {
    throw unavailable(provider, { reason: oneLine(messageOf(error)), fix: howToGetOnnxruntime() }, error);
  }
}

/** What onnxruntime means when it refuses a model that any provider can run. */
export async function explainRefusal(provider: Provider, error: unknown): Promise<NascentError> {
  const failure = { reason: messageOf(error), stderr: '' };
  switch (provider) {
    case 'cuda':
      return unavailable(provider, explainCuda(failure, await findNvidiaDriver()), error);
    case 'webgpu':
      return withoutAdapter(error);
    case 'cpu':
      return unavailable(provider, { reason: oneLine(failure.reason), fix: howToGetOnnxruntime() }, error);
    default:
      throw internal(`no provider is called ${String(provider)}`);
  }
}

/** What WebGPU's failure to open a model means. */
export function withoutAdapter(error: unknown): NascentError {
  return unavailable('webgpu', explainWebGpu({ reason: messageOf(error), stderr: '' }), error);
}

function unavailable(provider: Provider, { reason, fix }: Explanation, cause?: unknown): NascentError {
  return new NascentError('runtime/unavailable', `onnxruntime-${provider} cannot be used: ${reason}`, {
    help: fix,
    cause,
  });
}
