/** A model file in onnxruntime-web. */
import { messageOf, NascentError } from '../../../errors.ts';
import type { FileSession, ModelParts } from '../../file-runtime.ts';
import { oneLine } from '../../probe/reasons.ts';
import { anyFromOrt, anyToOrt } from '../any-tensors.ts';
import { refused } from '../file.ts';
import { sessionNames } from '../names.ts';
import { loadOnnxruntimeWeb } from './load.ts';

/**
 * @throws NascentError 'runtime/unavailable' where the package is missing, 'onnx/invalid' and 'onnx/unsupported' with
 *   onnxruntime's reason
 */
export async function openInWeb({ path, bytes, external }: ModelParts): Promise<FileSession> {
  const ort = await loadOnnxruntimeWeb();
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
    externalData: [...external].map(([file, data]) => ({ path: file, data })),
  }).catch((cause: unknown) => {
    throw refused(`"${path}"`, readable(cause));
  });
  const names = await sessionNames(session, bytes);
  return {
    note: undefined,
    async run(feeds) {
      const given = Object.fromEntries(
        [...feeds].map(([name, tensor]) => [names.theirs(name), anyToOrt(ort, tensor)]),
      );
      const results = await session.run(given).catch((cause: unknown) => {
        const reason = oneLine(messageOf(readable(cause)));
        throw new NascentError('runtime/failed', `onnxruntime-web failed to run "${path}": ${reason}`, {
          help: 'Check that the inputs are what the model takes.',
          cause,
        });
      });
      return new Map(
        Object.entries(results).map(([name, tensor]) => [names.output(name), anyFromOrt(tensor)]),
      );
    },
    dispose() {
      // A session that cannot be released is gone all the same.
      session.release().catch(() => undefined);
    },
  };
}

/** What WebAssembly throws and nobody catches in it is the address of an exception. */
function readable(error: unknown): unknown {
  return typeof error === 'number'
    ? new Error('it ended with an exception of its own, as where memory runs out')
    : error;
}
