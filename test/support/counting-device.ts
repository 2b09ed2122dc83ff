/** A device that computes nothing and counts bytes: how much the executor has alive at most, when it runs a graph. */
import type { OpName } from '../../src/graph/attributes.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { Graph, NodeOf } from '../../src/graph/types.ts';
import type { Device, Kernel, Kernels } from '../../src/runtime/tfjs/device.ts';
import { compileFor } from '../../src/runtime/tfjs/executor.ts';
import { inMemoryOrder } from '../../src/runtime/tfjs/layout.ts';

interface Handle {
  readonly shape: readonly number[];
  /** Shared by all that are views of one tensor. */
  readonly memory: { readonly bytes: number; users: number };
}

/** Of one element: float32, and int64, which is int32 on this device. */
const bytesEach = 4;

/** Views of what they are given, as they are in TensorFlow. */
const views: ReadonlySet<OpName> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/** Where a slice begins with its vector, and ends at a cache line, TensorFlow copies nothing. */
function isBeginning({ op, inputs, attributes }: NodeOf<OpName>): boolean {
  if (op !== 'Slice' || inputs[0]?.type.shape.length !== 1) return false;
  const { starts, ends, steps } = attributes as NodeOf<'Slice'>['attributes'];
  return starts[0] === 0 && steps[0] === 1 && (bytesEach * Number(ends[0])) % 64 === 0;
}

/** The most bytes that are alive at once in a run of `graph`, feeds included, as `faster` makes it. */
export async function peakBytes(graph: Graph, faster: (graph: Graph) => Graph): Promise<number> {
  let [alive, peak] = [0, 0];
  const view = (handle: Handle, shape: readonly number[]): Handle => {
    handle.memory.users++;
    return { shape, memory: handle.memory };
  };
  const make = (shape: readonly number[]): Handle => {
    const bytes = shape.reduce((size, extent) => size * extent, bytesEach);
    alive += bytes;
    peak = Math.max(peak, alive);
    return { shape, memory: { bytes, users: 1 } };
  };
  const kernel: Kernel<OpName, Handle> =
    ({ node, outputLayouts, wanted }) =>
    ([first]) =>
      node.outputs.map(({ type }, i) => {
        const shape = inMemoryOrder(type.shape.map(Number), outputLayouts[i] ?? 'plain');
        if (first !== undefined && (views.has(node.op) || isBeginning(node))) return view(first, shape);
        // Kernels leave out statistics and filters' gradients that nobody reads.
        return make(wanted[i] === true ? shape : [0]);
      });
  const device: Device<Handle> = {
    kernels: new Proxy<Kernels<Handle>>({}, { get: () => kernel }),
    faster,
    upload: (_, shape) => make(shape),
    download: ({ shape }) => new Float32Array(shape.reduce((size, extent) => size * extent, 1)),
    shapeOf: ({ shape }) => shape,
    reshape: view,
    transpose: ({ shape }, permutation) => make(permutation.map((axis) => shape[axis] ?? 1)),
    unstack: () => [],
    stack: () => make([]),
    free({ memory }) {
      if (--memory.users === 0) alive -= memory.bytes;
    },
    keeping: (body) => body(),
    alive: () => alive,
  };
  const feeds = graph.inputs.map(({ value: { name, type } }): readonly [string, Tensor] => {
    const shape = type.shape.map(Number);
    const size = shape.reduce((product, extent) => product * extent, 1);
    const data = type.dtype === 'float32' ? new Float32Array(size) : new Int32Array(size);
    return [name, { dtype: type.dtype, shape, data }];
  });
  await compileFor(device, graph, {}).run(new Map(feeds));
  return peak;
}
