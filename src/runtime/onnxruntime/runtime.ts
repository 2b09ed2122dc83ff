/**
 * The onnxruntime runtime: inference, and training too.
 *
 * onnxruntime-node only knows how to run a model. A training step is a model nevertheless: its gradients are nodes of
 * the graph, our own ops are written as standard ones, and weights and optimizer state are inputs and outputs.
 */
import { cpus } from 'node:os';
import { exportOnnx } from '../../../exporters/onnx/export.ts';
import { internal } from '../../errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Runtime } from '../runtime.ts';
import { explainRefusal, loadOnnxruntime, type Onnxruntime, type Provider } from './load.ts';
import { compileProgram } from './program.ts';
import { openSession } from './session.ts';
import { createOrtStore, type OrtStore } from './store.ts';

/** Throws 'runtime/unavailable' where onnxruntime, or the provider, cannot be used here. */
export async function createOnnxRuntime(provider: Provider): Promise<Runtime> {
  const ort = await loadOnnxruntime(provider);
  await tryProvider(ort, provider);
  const stores = new WeakSet<object>();
  return {
    name: `onnxruntime-${provider}`,
    device: provider === 'cpu' ? (cpus()[0]?.model.trim() ?? 'cpu') : provider,
    createStore() {
      const store = createOrtStore(ort);
      stores.add(store);
      return store;
    },
    async compile(graph, options = {}) {
      if (options.store !== undefined && !stores.has(options.store)) {
        throw internal('the store was made by another runtime');
      }
      // Only this runtime's own stores are in the set.
      return compileProgram(ort, provider, graph, options, options.store as OrtStore | undefined);
    },
  };
}

/** A provider whose library is missing shows itself only when a session is made. */
async function tryProvider(ort: Onnxruntime, provider: Provider): Promise<void> {
  const builder = new GraphBuilder();
  const graph = builder.finish('trial', { y: builder.op('Relu', [builder.input('x', [1])]) });
  try {
    const session = await openSession(ort, exportOnnx(graph), {
      provider,
      optimization: 'disabled',
      strict: true,
    });
    await session.release();
  } catch (error) {
    throw await explainRefusal(provider, error);
  }
}
