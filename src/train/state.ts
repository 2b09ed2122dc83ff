/** Between a store on a device and the tensors of a checkpoint. */
import type { Tensor } from '../graph/tensor.ts';
import type { CheckpointContent, CheckpointTensor } from '../run/checkpoint-file.ts';
import type { Json } from '../run/record.ts';
import type { Store } from '../runtime/runtime.ts';

/** Everything in the store that is `kept`, with `meta` beside it. */
export async function saveState(
  store: Store,
  meta: Json,
  kept: (name: string) => boolean = () => true,
): Promise<CheckpointContent> {
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, { shape, data }] of await store.read(store.names().filter(kept))) {
    tensors.set(
      name,
      data instanceof Float64Array
        ? { dtype: 'float64', shape, data }
        : { dtype: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) },
    );
  }
  return { meta, tensors };
}

/** Puts the tensors of a checkpoint back in their places. */
export function restoreState(store: Store, tensors: ReadonlyMap<string, CheckpointTensor>): void {
  store.write(statesOf(tensors));
}

export function statesOf(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, Tensor> {
  // Copied: a device may go on using the array that it was given.
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { dtype: 'float32', shape, data: data.slice() }]),
  );
}
