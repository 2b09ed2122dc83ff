/**
 * One op, applied to something: plain data, so that fast-check prints, shrinks and replays it.
 *
 * Values are drawn from a seed, as small multiples of 1/512: exact in float32, so that two runtimes are given the
 * same numbers and not each its own rounding of them.
 */
import { internal } from '../../src/errors.ts';
import type { OpAttributes, OpName, PoolAttributes } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { sizeOf, stridesOf, type Tensor, type TensorData } from '../../src/graph/tensor.ts';
import type { DType, Graph, Value } from '../../src/graph/types.ts';
import { Random } from '../../src/random.ts';

/** Where the values of an input come from. */
export type Fill =
  /** Odd multiples of 1/512 in [−2, 2]: never 0, so that no kink of an op is near. */
  | { readonly kind: 'odd'; readonly seed: number }
  /** Even multiples of 1/512 in [−2, 2]: 0 among them, and never equal to an odd one. */
  | { readonly kind: 'even'; readonly seed: number }
  /** Multiples of 1/512 in [1/2, 3]: for logarithms, roots, denominators and variances. */
  | { readonly kind: 'positive'; readonly seed: number }
  /** All different, at least 1/64 apart: a maximum that stays where it is. */
  | { readonly kind: 'apart'; readonly seed: number }
  /** Whole numbers, from `least` to before `below`. */
  | { readonly kind: 'whole'; readonly seed: number; readonly least: number; readonly below: number }
  /** Whole numbers from 0 to before `below`, no two equal along an axis. */
  | { readonly kind: 'distinct'; readonly seed: number; readonly axis: number; readonly below: number }
  /** MaxPool, with the attributes of the case, of its first input. It is built into the graph, and not fed. */
  | { readonly kind: 'pooled' };

export interface CaseInput {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly fill: Fill;
}

export interface OpCase<K extends OpName = OpName> {
  readonly op: K;
  readonly attributes: OpAttributes[K];
  readonly inputs: readonly CaseInput[];
}

export interface CaseGraph {
  readonly graph: Graph;
  readonly feeds: ReadonlyMap<string, Tensor>;
}

/** The graph of the one op: inputs `x0`, `x1`, …, outputs `y0`, `y1`, … */
export function opGraph<K extends OpName>(opCase: OpCase<K>): CaseGraph {
  const builder = new GraphBuilder();
  const { outputs } = applyCase(builder, opCase);
  const graph = builder.finish(opCase.op, Object.fromEntries(outputs.map((value, i) => [`y${i}`, value])));
  return { graph, feeds: feedsOf(opCase) };
}

/** Adds the inputs and the op of a case to a builder. What is pooled is not among the inputs. */
export function applyCase<K extends OpName>(
  builder: GraphBuilder,
  opCase: OpCase<K>,
): { readonly inputs: readonly Value[]; readonly outputs: readonly Value[] } {
  const { op, attributes } = opCase;
  const inputs: Value[] = [];
  for (const [i, { dtype, shape, fill }] of opCase.inputs.entries()) {
    if (fill.kind !== 'pooled') inputs.push(builder.input(`x${i}`, shape, { dtype }));
    else {
      const first = inputs[0];
      if (first === undefined) throw internal('nothing to pool');
      // Only the gradients of MaxPool have such an input.
      const { kernel_shape, strides, pads } = attributes as PoolAttributes;
      inputs.push(builder.op('MaxPool', [first], { kernel_shape, strides, pads }));
    }
  }
  // A generic call cannot be shown to have the attributes its own op asks for.
  const outputs = builder.node(op as 'Conv', inputs, attributes as OpAttributes['Conv']);
  return { inputs: inputs.filter((value) => value.node === undefined), outputs };
}

export function feedsOf(opCase: OpCase): ReadonlyMap<string, Tensor> {
  const feeds = new Map<string, Tensor>();
  opCase.inputs.forEach((input, i) => {
    if (input.fill.kind !== 'pooled') feeds.set(`x${i}`, tensorOf(input));
  });
  return feeds;
}

/** The tensor that a fill describes. */
export function tensorOf({ dtype, shape, fill }: CaseInput): Tensor {
  const values = drawn(shape, fill);
  return { dtype, shape, data: held(dtype, values) };
}

function held(dtype: DType, values: readonly number[]): TensorData {
  if (dtype === 'float32') return Float64Array.from(values);
  return dtype === 'int64' ? Int32Array.from(values) : Uint8Array.from(values);
}

function drawn(shape: readonly number[], fill: Fill): number[] {
  const random = new Random(fill.kind === 'pooled' ? 0 : fill.seed);
  const size = sizeOf(shape);
  const list = (draw: () => number) => Array.from({ length: size }, draw);
  switch (fill.kind) {
    case 'odd':
      return list(() => (2 * random.integer(1024) - 1023) / 512);
    case 'even':
      return list(() => (2 * random.integer(1025) - 1024) / 512);
    case 'positive':
      return list(() => (256 + random.integer(1281)) / 512);
    case 'apart':
      return [...random.permutation(size)].map((rank) => (rank - Math.floor(size / 2)) / 64);
    case 'whole':
      return list(() => fill.least + random.integer(fill.below - fill.least));
    case 'distinct':
      return distinctAlong(shape, fill.axis, () => random.permutation(fill.below));
    case 'pooled':
    default:
      throw internal('what is pooled is not drawn');
  }
}

/** Every line along an axis is the beginning of a permutation of its own. */
function distinctAlong(
  shape: readonly number[],
  axis: number,
  permutation: () => ArrayLike<number>,
): number[] {
  const stride = stridesOf(shape)[axis] ?? 1;
  const extent = shape[axis] ?? 1;
  const lines = new Map<number, ArrayLike<number>>();
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    const along = Math.floor(i / stride) % extent;
    const line = i - along * stride;
    const order = lines.get(line) ?? permutation();
    lines.set(line, order);
    return order[along] ?? NaN;
  });
}
