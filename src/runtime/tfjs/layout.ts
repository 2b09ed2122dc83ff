/**
 * Which order a tensor's axes have in memory.
 *
 * Graphs are NCHW; TensorFlow is fast in NHWC, with filters as HWIO. Rather than transposing around each op, a layout
 * is chosen for every value when a graph is compiled: convolutions, pools and batch norm say what they need, and
 * elementwise ops carry the choice on to their neighbours (a filter's gradient, velocity and update are laid out like
 * the filter). What is left over is transposed where the two meet, which on networks of ours is nowhere on the hot path.
 */
import { termsOf } from '../../graph/separable.ts';
import { axisOf } from '../../graph/infer/rule.ts';
import type { Graph, Node, Shape, Value } from '../../graph/types.ts';

export type Layout = 'plain' | 'NHWC' | 'HWIO';

/** Memory axis i holds graph axis `order[i]`. */
const orders = {
  NHWC: [0, 2, 3, 1],
  // A filter is [O, I, H, W] in the graph.
  HWIO: [2, 3, 1, 0],
} as const;

/** Memory axis i holds graph axis `order[i]`; only tensors of four dimensions have a layout. */
export function orderOf(layout: Layout, rank: number): readonly number[] {
  return layout === 'plain' || rank !== 4 ? Array.from({ length: rank }, (_, axis) => axis) : orders[layout];
}

/** Where graph axis `axis` (negative counts from the back) is in memory. */
export function memoryAxis(axis: number, layout: Layout, rank: number): number {
  return orderOf(layout, rank).indexOf(axisOf(axis, rank));
}

/** A list with an entry a graph axis, put in memory order. */
export function inMemoryOrder<T>(list: readonly T[], layout: Layout): T[] {
  return orderOf(layout, list.length).map((axis) => list[axis] as T);
}

/** A list with an entry a memory axis, put back in graph order. */
export function inGraphOrder<T>(list: readonly T[], layout: Layout): T[] {
  const order = orderOf(layout, list.length);
  return list.map((_, axis) => list[order.indexOf(axis)] as T);
}

/**
 * The permutation that takes a tensor from one layout to another; undefined where memory stays as it is, because only
 * axes of extent 1 move. `shape` is in graph order.
 */
export function permutation(from: Layout, to: Layout, shape: Shape): number[] | undefined {
  const [before, after] = [orderOf(from, shape.length), orderOf(to, shape.length)];
  const significant = (order: readonly number[]) => order.filter((axis) => shape[axis] !== 1).join();
  if (significant(before) === significant(after)) return undefined;
  return after.map((axis) => before.indexOf(axis));
}

/** What one node asks of its operands and gives: a layout, or `'shared'`, one for the whole node, whichever it is. */
export interface Demand {
  readonly inputs: readonly (Layout | 'shared')[];
  readonly outputs: readonly (Layout | 'shared')[];
}

export function demandOf(node: Node): Demand {
  const inputs = (wants: readonly (Layout | 'shared')[]) =>
    node.inputs.map((input, i) => (input.type.shape.length === 4 ? (wants[i] ?? 'plain') : 'plain'));
  const outputs = (want: Layout | 'shared') =>
    node.outputs.map((output) => (output.type.shape.length === 4 ? want : ('plain' as const)));
  const all = (want: Layout | 'shared'): Demand => ({
    inputs: inputs(node.inputs.map(() => want)),
    outputs: outputs(want),
  });
  const rank = node.outputs[0]?.type.shape.length;

  switch (node.op) {
    case 'Conv':
    case 'ConvTranspose':
      return { inputs: inputs(['NHWC', 'HWIO']), outputs: outputs('NHWC') };
    case 'ConvFilterGrad':
      return { inputs: inputs(['NHWC', 'NHWC']), outputs: outputs('HWIO') };
    case 'SeparableHalf':
      return { inputs: inputs(['NHWC', 'HWIO', 'HWIO']), outputs: outputs('NHWC') };
    case 'SeparableHalfGrad': {
      const [dx, , , ...sums] = outputs('NHWC');
      const [, depthwise, mix] = outputs('HWIO');
      const { again, dropped, added } = node.attributes;
      const images = Array.from({ length: 1 + added - again }, () => 'NHWC' as const);
      const factor: readonly Layout[] = dropped === 1 ? ['plain'] : [];
      return {
        inputs: inputs(['NHWC', ...factor, ...images, 'plain', 'plain', 'plain', 'NHWC', 'HWIO', 'HWIO']),
        outputs: [dx, depthwise, mix, ...sums].map((want) => want ?? 'plain'),
      };
    }
    case 'MaxPool': {
      const [y] = outputs('NHWC');
      // Positions are counted in the graph's order.
      return { inputs: inputs(['NHWC']), outputs: [y ?? 'plain', 'plain'] };
    }
    case 'MaxPoolGrad':
    case 'MaxPoolGather':
    case 'AveragePool':
    case 'AveragePoolGrad':
    case 'GlobalAveragePool':
    case 'BatchNormalization':
    case 'BatchNormTrain':
    case 'BatchNormTrainGrad':
    case 'PixelPairs':
    case 'PixelPairsGrad':
    case 'Patches':
      return all('NHWC');
    case 'MixedSum': {
      const { scaled, normed } = termsOf(node.attributes, [...node.inputs.keys()]);
      const factors = new Set([
        ...scaled.map(([, factor]) => factor),
        ...normed.map((operands) => operands[5]),
      ]);
      return {
        inputs: inputs(node.inputs.map((_, i) => (factors.has(i) ? 'plain' : 'NHWC'))),
        outputs: outputs('NHWC'),
      };
    }
    case 'Concat':
    case 'Split':
    case 'Slice':
    case 'Pad':
    case 'Identity':
    case 'Neg':
    case 'Abs':
    case 'Exp':
    case 'Log':
    case 'Sqrt':
    case 'Reciprocal':
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
    case 'Erf':
    case 'Sin':
    case 'Cos':
    case 'Atan':
    case 'Floor':
    case 'Round':
    case 'Cast':
    case 'Sum':
    case 'ReluGrad':
    case 'SigmoidGrad':
    case 'TanhGrad':
    case 'Dot':
    case 'SgdMomentum':
    case 'Constant':
      return all('shared');
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'Pow':
    case 'Min':
    case 'Max':
    case 'Greater':
    case 'Less':
    case 'Equal':
    case 'Where':
    case 'Expand':
      // Broadcasting from a lower rank lines up with the last axes, which only the plain order keeps last; a single
      // number lines up with anything.
      return all(
        node.inputs.every(({ type: { shape } }) => shape.length === 4 || shape.every((dim) => dim === 1))
          ? 'shared'
          : 'plain',
      );
    case 'ReduceSum':
    case 'ReduceMean':
    case 'ReduceMax':
      // What is left of several axes is in memory order: only one axis, or none, has no order.
      return all(rank === 4 || (rank ?? 0) <= 1 ? 'shared' : 'plain');
    case 'MatMul':
    case 'Gemm':
    case 'Transpose':
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Gather':
    case 'GatherElements':
    case 'ScatterElements':
    case 'OneHot':
    case 'ArgMax':
    case 'Softmax':
    case 'LogSoftmax':
    case 'Scan':
    case 'EmbeddingGrad':
    case 'CrossEntropy':
    case 'CrossEntropyGrad':
    case 'StackedProduct':
    case 'StackedProductGrad':
    case 'MixedHighway':
    case 'MixedHighwayGrad':
      return all('plain');
  }
}

/**
 * A layout for every value. `pinned` are inputs whose layout is settled already (state that another program laid out).
 */
export function assignLayouts(graph: Graph, pinned: ReadonlyMap<Value, Layout>): ReadonlyMap<Value, Layout> {
  const parent = new Map<Value, Value>();
  const root = (value: Value): Value => {
    let found = value;
    for (let up = parent.get(found); up !== undefined; up = parent.get(found)) found = up;
    if (found !== value) parent.set(value, found);
    return found;
  };
  const demanded = new Map<Value, Layout>();
  const join = (a: Value, b: Value): void => {
    const [ra, rb] = [root(a), root(b)];
    if (ra !== rb) parent.set(ra, rb);
  };

  const wishes: [Value, Layout][] = [];
  for (const node of graph.nodes) {
    const demand = demandOf(node);
    const shared: Value[] = [];
    const note = (value: Value, want: Layout | 'shared') => {
      if (value.type.shape.length !== 4) return;
      if (want === 'shared') shared.push(value);
      else wishes.push([value, want]);
    };
    node.inputs.forEach((value, i) => note(value, demand.inputs[i] ?? 'plain'));
    node.outputs.forEach((value, i) => note(value, demand.outputs[i] ?? 'plain'));
    shared.forEach((value) => join(value, shared[0] ?? value));
  }
  // Settled state first, then images, then filters: in a clash the larger tensors should stay where they are.
  for (const [value, layout] of pinned) if (!demanded.has(root(value))) demanded.set(root(value), layout);
  for (const wanted of ['NHWC', 'HWIO', 'plain'] as const) {
    for (const [value, want] of wishes) {
      if (want === wanted && !demanded.has(root(value))) demanded.set(root(value), want);
    }
  }
  const layouts = new Map<Value, Layout>();
  const settle = (value: Value) => layouts.set(value, demanded.get(root(value)) ?? 'plain');
  graph.inputs.forEach(({ value }) => settle(value));
  graph.nodes.forEach((node) => node.outputs.forEach(settle));
  // A pinned input keeps its layout even where its class went another way.
  for (const [value, layout] of pinned) layouts.set(value, layout);
  return layouts;
}
