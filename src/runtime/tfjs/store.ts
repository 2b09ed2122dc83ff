/**
 * State on a tfjs device: named tensors, in the layout that the first program to use them chose.
 */
import { internal } from '../../errors.ts';
import { sizeOf, stridesOf, type Tensor, type TensorData } from '../../graph/tensor.ts';
import type { Store } from '../runtime.ts';
import type { Device } from './device.ts';
import { inGraphOrder, inMemoryOrder, orderOf, permutation, type Layout } from './layout.ts';

interface Entry<H> {
  readonly dtype: Tensor['dtype'];
  /** In graph order. */
  readonly shape: readonly number[];
  layout: Layout | undefined;
  handle: H;
}

export interface DeviceStore<H> extends Store {
  /** The layout of a tensor, if it is settled. */
  layoutOf(name: string): Layout | undefined;
  shapeOf(name: string): readonly number[];
  /** Settles the layout of a tensor, moving it if need be. */
  settle(name: string, layout: Layout): void;
  handle(name: string): H;
  /** Takes over `handle`, laid out as the entry is, and frees the one before. */
  replace(name: string, handle: H): void;
}

export function createDeviceStore<H>(device: Device<H>): DeviceStore<H> {
  const entries = new Map<string, Entry<H>>();
  const entryOf = (name: string): Entry<H> => {
    const entry = entries.get(name);
    if (entry === undefined) throw internal(`no state is named "${name}"`);
    return entry;
  };
  return {
    write(tensors) {
      for (const [name, tensor] of tensors) {
        const old = entries.get(name);
        const layout = old?.layout;
        const handle = uploadAs(device, tensor, layout ?? 'plain');
        if (old !== undefined) device.free(old.handle);
        entries.set(name, { dtype: tensor.dtype, shape: tensor.shape, layout, handle });
      }
    },
    async read(names = entries.keys()) {
      const tensors = new Map<string, Tensor>();
      for (const name of names) {
        const { dtype, handle, layout } = entryOf(name);
        tensors.set(name, downloadFrom(device, handle, dtype, layout ?? 'plain'));
      }
      return Promise.resolve(tensors);
    },
    has: (name) => entries.has(name),
    names: () => [...entries.keys()],
    dispose() {
      for (const { handle } of entries.values()) device.free(handle);
      entries.clear();
    },
    layoutOf: (name) => entryOf(name).layout,
    shapeOf: (name) => entryOf(name).shape,
    settle(name, layout) {
      const entry = entryOf(name);
      if (entry.layout === layout) return;
      const moved = relayout(device, entry.handle, entry.shape, entry.layout ?? 'plain', layout);
      if (moved !== entry.handle) {
        device.free(entry.handle);
        entry.handle = moved;
      }
      entry.layout = layout;
    },
    handle: (name) => entryOf(name).handle,
    replace(name, handle) {
      const entry = entryOf(name);
      device.free(entry.handle);
      entry.handle = handle;
    },
  };
}

/** A tensor in another layout: a new handle, or the same one where the layouts are equal. */
export function relayout<H>(
  device: Device<H>,
  handle: H,
  shape: readonly number[],
  from: Layout,
  to: Layout,
): H {
  if (from === to || shape.length !== 4) return handle;
  const order = permutation(from, to, shape);
  return order === undefined
    ? device.reshape(handle, inMemoryOrder(shape, to))
    : device.transpose(handle, order);
}

/** Puts a host tensor on the device. The host's array is copied, so that it may be used again. */
export function uploadAs<H>(device: Device<H>, tensor: Tensor, layout: Layout): H {
  const shape = inMemoryOrder(tensor.shape, layout);
  return device.upload(
    tensor.dtype,
    shape,
    permuted(tensor.data, tensor.shape, orderOf(layout, tensor.shape.length)),
  );
}

export function downloadFrom<H>(
  device: Device<H>,
  handle: H,
  dtype: Tensor['dtype'],
  layout: Layout,
): Tensor {
  const memory = device.shapeOf(handle);
  const shape = inGraphOrder(memory, layout);
  const order = orderOf(layout, shape.length);
  const back = shape.map((_, axis) => order.indexOf(axis));
  return { dtype, shape, data: permuted(device.download(handle), memory, back) };
}

/** A copy of `data`, of the shape `shape`, with axis i of the copy being axis `order[i]` of the original. */
function permuted(data: TensorData, shape: readonly number[], order: readonly number[]): TensorData {
  if (order.every((axis, i) => axis === i)) return data.slice();
  const strides = stridesOf(shape);
  const extents = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const [d0 = 1, d1 = 1, d2 = 1, d3 = 1] = extents;
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = steps;
  const out = data.slice();
  if (sizeOf(extents) !== d0 * d1 * d2 * d3) throw internal('only four dimensions have a layout');
  let at = 0;
  for (let i = 0; i < d0; i++) {
    for (let j = 0; j < d1; j++) {
      for (let k = 0; k < d2; k++) {
        let from = i * s0 + j * s1 + k * s2;
        for (let l = 0; l < d3; l++, from += s3) out[at++] = data[from] ?? 0;
      }
    }
  }
  return out;
}
