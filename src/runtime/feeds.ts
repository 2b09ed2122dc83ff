/**
 * Feeds, checked before anything runs: every runtime refuses the same wrong feed with the same words.
 */
import { didYouMean, internal, NascentError } from '../errors.ts';
import { evaluated } from '../graph/extent.ts';
import { showShape, showType } from '../graph/infer/rule.ts';
import { sizeOf, type Tensor, type TensorData, type Tensors } from '../graph/tensor.ts';
import type { DType, Graph, Shape, Value } from '../graph/types.ts';

/** What the named extents of a graph (`'batch'`) are in one run. */
export type Binding = ReadonlyMap<string, number>;

/**
 * Checks that `feeds` are exactly the inputs of `graph` that are not state, each of its type; a named extent must be
 * the same wherever it stands.
 *
 * @throws NascentError 'input/invalid' naming the input, what it is and what was given.
 */
export function checkFeeds(graph: Graph, feeds: Tensors, isState: (name: string) => boolean): Binding {
  const binding = new Map<string, number>();
  const wanted = graph.inputs.map(({ value }) => value).filter((value) => !isState(value.name));
  for (const value of wanted) {
    const tensor = feeds.get(value.name);
    if (tensor === undefined) {
      const given = [...feeds.keys()].join(', ') || 'nothing';
      throw invalid(
        `graph "${graph.name}" needs the input "${value.name}", ${showType(value.type)}, and was fed ${given}`,
        `Feed "${value.name}" too.`,
      );
    }
    checkTensor(value, tensor, binding);
  }
  if (feeds.size > wanted.length) refuseExtra(graph, feeds, wanted, isState);
  return binding;
}

/**
 * Checks one tensor against the input it is for, and adds the named extents it settles to `binding`.
 *
 * @throws NascentError 'input/invalid'.
 */
export function checkTensor(value: Value, tensor: Tensor, binding: Map<string, number>): void {
  const { dtype, shape } = value.type;
  const given = `input "${value.name}" is ${showType(value.type)}, and was given ${showType(tensor)}`;
  if (tensor.dtype !== dtype) throw invalid(given, `Convert it to ${dtype}.`);
  if (tensor.shape.length !== shape.length) throw invalid(given, `Reshape it to rank ${shape.length}.`);
  shape.forEach((dim, axis) => {
    const extent = tensor.shape[axis] ?? 0;
    const expected = evaluated(dim, binding) ?? extent;
    if (extent !== expected) {
      const why = typeof dim === 'number' ? '' : `, the ${dim} of the inputs before it`;
      throw invalid(given, `Axis ${axis} must be ${expected}${why}.`);
    }
    if (!Number.isInteger(extent) || extent < 0) throw invalid(given, `Axis ${axis} must be 1 or more.`);
    // A graph may have tensors without elements; an open extent is of something.
    if (typeof dim === 'string' && extent < 1) {
      const help = 'onnxruntime, which takes the file itself, may take 0.';
      throw invalid(given, `Axis ${axis} is 0, and open extents are 1 or more here; ${help}`);
    }
    if (typeof dim === 'string') binding.set(dim, extent);
  });
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw invalid(
      `input "${value.name}" was given ${tensor.data.length} values for ${showShape(tensor.shape)}`,
      `Give ${sizeOf(tensor.shape)} values.`,
    );
  }
  if (!holders[dtype](tensor.data)) {
    throw invalid(
      `input "${value.name}" is ${dtype}, and its values came in a ${tensor.data.constructor.name}`,
      'Hold float32 in a Float32Array or a Float64Array, int64 in an Int32Array, bool in a Uint8Array.',
    );
  }
}

/** A shape with its named extents filled in. */
export function resolveShape(shape: Shape, binding: Binding): number[] {
  return shape.map((dim) => {
    const extent = evaluated(dim, binding);
    if (extent === undefined) throw internal(`no input of the graph settles the extent "${dim}"`);
    return extent;
  });
}

const holders: { readonly [D in DType]: (data: TensorData) => boolean } = {
  float32: (data) => data instanceof Float32Array || data instanceof Float64Array,
  int64: (data) => data instanceof Int32Array,
  bool: (data) => data instanceof Uint8Array,
};

function refuseExtra(
  graph: Graph,
  feeds: Tensors,
  wanted: readonly Value[],
  isState: (name: string) => boolean,
): never {
  const names = wanted.map((value) => value.name);
  const extra = [...feeds.keys()].find((name) => !names.includes(name)) ?? '';
  if (isState(extra)) {
    throw invalid(`"${extra}" was fed, and the store has it`, 'Write it to the store, or leave it out.');
  }
  const close = didYouMean(extra, names);
  throw invalid(
    `"${extra}" was fed, and graph "${graph.name}" has no such input`,
    close === undefined ? `Feed ${names.join(', ') || 'nothing'}.` : `Did you mean "${close}"?`,
  );
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('input/invalid', message, { help });
}
