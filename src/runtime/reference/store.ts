/** State of the reference runtime: tensors in memory, float32 in double precision. */
import { didYouMean, NascentError } from '../../errors.ts';
import type { Tensor, Tensors } from '../../graph/tensor.ts';
import type { Store } from '../runtime.ts';

export interface ReferenceStore extends Store {
  /** The tensor itself, not a copy: kernels never change what they read. */
  get(name: string): Tensor;
}

export function createReferenceStore(): ReferenceStore {
  const held = new Map<string, Tensor>();
  const get = (name: string): Tensor => {
    const tensor = held.get(name);
    if (tensor !== undefined) return tensor;
    const close = didYouMean(name, held.keys());
    throw new NascentError('input/unknown', `the store has no tensor "${name}"`, {
      help: close === undefined ? 'Write it first.' : `Did you mean "${close}"?`,
    });
  };
  return {
    write(tensors: Tensors) {
      for (const [name, tensor] of tensors) held.set(name, ownCopy(tensor));
    },
    async read(names = held.keys()) {
      return Promise.resolve(new Map([...names].map((name) => [name, ownCopy(get(name))])));
    },
    has: (name) => held.has(name),
    names: () => [...held.keys()],
    dispose: () => held.clear(),
    get,
  };
}

/** A copy that nobody else holds, float32 in double precision. */
export function ownCopy({ dtype, shape, data }: Tensor): Tensor {
  const wide = dtype === 'float32' ? new Float64Array(data) : data.slice();
  return { dtype, shape: [...shape], data: wide };
}

/** The tensor with float32 in double precision, sharing what is so already. */
export function widened(tensor: Tensor): Tensor {
  return tensor.data instanceof Float32Array ? ownCopy(tensor) : tensor;
}
