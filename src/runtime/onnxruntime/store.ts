/**
 * State of the onnxruntime runtime: onnxruntime's own tensors, which go into a run and come out of it as they are.
 * None is ever changed in place, so programs may share them.
 */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { didYouMean, NascentError } from '../../errors.ts';
import type { Tensors } from '../../graph/tensor.ts';
import type { Store } from '../runtime.ts';
import type { Onnxruntime } from './load.ts';
import { fromOrt, toOrt } from './tensors.ts';

export interface OrtStore extends Store {
  /** The tensor itself, not a copy. */
  get(name: string): OrtTensor;
  /** Takes over `tensor`. */
  set(name: string, tensor: OrtTensor): void;
}

export function createOrtStore(ort: Onnxruntime): OrtStore {
  const held = new Map<string, OrtTensor>();
  const get = (name: string): OrtTensor => {
    const tensor = held.get(name);
    if (tensor !== undefined) return tensor;
    const close = didYouMean(name, held.keys());
    throw new NascentError('input/unknown', `the store has no tensor "${name}"`, {
      help: close === undefined ? 'Write it first.' : `Did you mean "${close}"?`,
    });
  };
  return {
    write(tensors: Tensors) {
      for (const [name, tensor] of tensors) held.set(name, toOrt(ort, tensor, true));
    },
    async read(names = held.keys()) {
      return Promise.resolve(new Map([...names].map((name) => [name, fromOrt(get(name), true)])));
    },
    has: (name) => held.has(name),
    names: () => [...held.keys()],
    dispose: () => held.clear(),
    get,
    set: (name, tensor) => held.set(name, tensor),
  };
}
