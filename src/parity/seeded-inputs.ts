/** Inputs drawn by seed for any graph, so that every runtime gets the same. */
import { internal } from '../errors.ts';
import { sizeOf, type Tensor, type Tensors } from '../graph/tensor.ts';
import type { Dim, Graph, GraphInput, Value } from '../graph/types.ts';
import { Random } from '../random.ts';

export interface SeededCase {
  /** What it is called in a report: `seed 2`. */
  readonly label: string;
  readonly batch: number;
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** Inputs that are instead the outputs of the case before, as whoever is asked gave them. */
  readonly carries?: ReadonlyMap<string, string>;
}

/** What a case is fed by one who gave `before` in the case before it. */
export function feedsFrom({ feeds, carries }: SeededCase, before: Tensors | undefined): Tensors {
  if (carries === undefined) return feeds;
  const fed = new Map(feeds);
  for (const [input, output] of carries) {
    const tensor = before?.get(output);
    if (tensor === undefined) throw internal(`no "${output}" to go on from`);
    fed.set(input, tensor);
  }
  return fed;
}

export interface SeededOptions {
  readonly seeds: readonly number[];
  readonly batches: readonly number[];
  /** What named extents other than the batch are. */
  readonly extents: Readonly<Record<string, number>>;
}

/** For a named extent of which nothing was said: short, and unlike any batch. */
const unsaidExtent = 5;

/** The inputs that are fed, weights being those in `weights`. */
export function fedInputs(graph: Graph, weights: ReadonlyMap<string, Tensor>): readonly GraphInput[] {
  return graph.inputs.filter(({ value }) => !weights.has(value.name));
}

/** The batches that a graph takes: those asked for, or the one that it is fixed to. */
export function batchesFor(inputs: readonly GraphInput[], asked: readonly number[]): readonly number[] {
  const symbol = batchSymbol(inputs);
  if (symbol !== undefined) return asked;
  const fixed = inputs[0]?.value.type.shape[0];
  return [typeof fixed === 'number' ? fixed : 1];
}

/**
 * A case for each seed and batch, the batches of a seed together. Floats are standard normal; integers are ids that
 * whatever reads them knows.
 */
export function seededCases(
  graph: Graph,
  inputs: readonly GraphInput[],
  { seeds, batches, extents }: SeededOptions,
): readonly SeededCase[] {
  const symbol = batchSymbol(inputs);
  return seeds.flatMap((seed) =>
    batches.map((batch): SeededCase => {
      const random = new Random(seed).fork(`batch ${batch}`);
      const extent = (dim: Dim): number => {
        if (typeof dim === 'number') return dim;
        return dim === symbol ? batch : (extents[dim] ?? unsaidExtent);
      };
      const draw = ({ value }: GraphInput): [string, Tensor] => [
        value.name,
        drawn(graph, value, value.type.shape.map(extent), random.fork(value.name)),
      ];
      return { label: `seed ${seed}`, batch, feeds: new Map(inputs.map(draw)) };
    }),
  );
}

/** The named extent that counts independent inputs: one that says so, or the first axis of the first input. */
function batchSymbol(inputs: readonly GraphInput[]): string | undefined {
  const symbols = inputs.flatMap(({ value }) => value.type.shape.filter((dim) => typeof dim === 'string'));
  const said = symbols.find((symbol) => /batch/i.test(symbol));
  if (said !== undefined) return said;
  const first = inputs[0]?.value.type.shape[0];
  return typeof first === 'string' ? first : undefined;
}

function drawn(graph: Graph, value: Value, shape: readonly number[], random: Random): Tensor {
  const size = sizeOf(shape);
  switch (value.type.dtype) {
    case 'float32':
      return { dtype: 'float32', shape, data: Float32Array.from({ length: size }, () => random.normal()) };
    case 'int64': {
      const below = idsBelow(graph, value);
      return { dtype: 'int64', shape, data: Int32Array.from({ length: size }, () => random.integer(below)) };
    }
    case 'bool':
      return { dtype: 'bool', shape, data: Uint8Array.from({ length: size }, () => random.integer(2)) };
    default:
      throw internal(`no inputs of ${String(value.type.dtype)}`);
  }
}

/** How many ids every reader of `value` knows; 2 where none of them looks anything up. */
function idsBelow(graph: Graph, value: Value): number {
  const limits = graph.nodes.flatMap((node): number[] => {
    if (!node.inputs.includes(value)) return [];
    if (node.op === 'OneHot') return [node.attributes.depth];
    if ((node.op === 'Gather' || node.op === 'GatherElements') && node.inputs[1] === value) {
      const extent = node.inputs[0]?.type.shape.at(node.attributes.axis);
      return typeof extent === 'number' ? [extent] : [];
    }
    return [];
  });
  return limits.length === 0 ? 2 : Math.min(...limits);
}
