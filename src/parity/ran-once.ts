/** A graph in a runtime, for as long as it is wanted. */
import type { ImportedModel } from '../../exporters/onnx/import.ts';
import type { Tensors } from '../graph/tensor.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { asFed } from './graph-feeds.ts';

export async function compiled(runtime: Runtime, { graph, weights }: ImportedModel) {
  const store = runtime.createStore();
  store.write(weights);
  const program = await runtime.compile(graph, { store });
  return {
    run: async (feeds: AnyTensors): Promise<Tensors> => program.run(asFed(graph, feeds)),
    dispose() {
      program.dispose();
      store.dispose();
    },
  };
}

/** What a graph gives that is not needed any more then. */
export async function ranOnce(
  runtime: Runtime,
  imported: ImportedModel,
  feeds: AnyTensors,
): Promise<Tensors> {
  const opened = await compiled(runtime, imported);
  try {
    return await opened.run(feeds);
  } finally {
    opened.dispose();
  }
}
