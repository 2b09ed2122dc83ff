/**
 * A model in onnxruntime's own format (`.ort`): the graph after its optimiser, which a device does not have to run again,
 * and a build of onnxruntime without that optimiser can read. Source: https://onnxruntime.ai/docs/performance/model-optimizations/ort-format-models.html
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOnnxruntime } from './load.ts';
import { refused } from './file.ts';

/**
 * The bytes of the `.ort` file of a model, which are not the same twice: onnxruntime writes its tables in no fixed order.
 * Optimised by what every processor has: what suits this one alone, such as
 * blocked layouts, stays out.
 *
 * @throws NascentError 'runtime/unavailable'; 'onnx/invalid' or 'onnx/unsupported' where onnxruntime refuses the model
 */
export async function toOrtFormat(model: Uint8Array): Promise<Uint8Array> {
  const ort = await loadOnnxruntime('cpu');
  const folder = await mkdtemp(join(tmpdir(), 'nascent-ort-'));
  try {
    const file = join(folder, 'model.ort');
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: file,
      logSeverityLevel: 4,
      extra: { session: { save_model_format: 'ORT' } },
    }).catch((error: unknown) => {
      throw refused('the model', error);
    });
    await session.release();
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
