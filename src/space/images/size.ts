/**
 * How large a network is, in closed form: for deciding whether it can be built before it is, which for a network of a
 * thousand cells takes longer than to say no. Both numbers are what the graph itself counts, and tests hold them to it.
 */
import { reductionCells, type CnnShape } from './cnn.ts';
import type { CellGenotype, CnnGenotype } from './genotype.ts';
import { strideFrom } from './operations.ts';
import type { CnnPrimitive } from './primitives.ts';
import type { SupernetShape } from './supernet.ts';

export interface NetworkSize {
  /** Trained numbers, as `countParameters` has them. */
  readonly parameters: number;
  /**
   * Numbers that convolutions give for one image. Every convolution is followed by batch norm or by another convolution,
   * whose gradients need what they were given, so a training step has all of these at once.
   */
  readonly convolved: number;
}

/** An op on an edge: what it is made of for `channels` channels, and a place of its output. */
interface OpSize {
  readonly weights: (channels: number) => number;
  /** Convolutions' outputs, in multiples of the op's own. */
  readonly outputs: number;
  readonly batchNorms: number;
}

const nothing: OpSize = { weights: () => 0, outputs: 0, batchNorms: 0 };

/** Depthwise and pointwise, `times` times over. */
function separable(kernel: number, times: number): OpSize {
  return { weights: (c) => times * (kernel * kernel * c + c * c), outputs: 2 * times, batchNorms: times };
}

function sizeOf(op: CnnPrimitive, stride: 1 | 2): OpSize {
  switch (op) {
    case 'none':
    case 'max_pool_3x3':
    case 'avg_pool_3x3':
      return nothing;
    case 'skip_connect':
      return stride === 1 ? nothing : { weights: (c) => c * c, outputs: 1, batchNorms: 1 };
    case 'sep_conv_3x3':
      return separable(3, 2);
    case 'sep_conv_5x5':
      return separable(5, 2);
    case 'sep_conv_7x7':
      return separable(7, 2);
    case 'dil_conv_3x3':
      return separable(3, 1);
    case 'dil_conv_5x5':
      return separable(5, 1);
    case 'conv_7x1_1x7':
      // Across first, at full height.
      return { weights: (c) => 14 * c * c, outputs: stride + 1, batchNorms: 1 };
  }
}

interface CellSize {
  /** Only of nodes that reach the output: a graph leaves out what nobody reads. */
  readonly ops: readonly OpSize[];
  /** Whether the output depends on c_{k-2} and on c_{k-1}. */
  readonly reads: readonly [beforeLast: boolean, last: boolean];
  /** States that make the output. */
  readonly outputs: number;
}

/** The search network: every edge is all the primitives, and no batch norm but the stem's is trained. */
export function supernetSize(shape: SupernetShape): NetworkSize {
  const { nodes, primitives } = shape;
  const cell = (reduction: boolean): CellSize => {
    const sources = Array.from({ length: nodes }, (_, node) =>
      Array.from({ length: node + 2 }, (_, source) => source),
    ).flat();
    const ops = sources.flatMap((source) =>
      primitives.map((op) => sizeOf(op, strideFrom(reduction, source))),
    );
    return { ops, reads: [true, true], outputs: nodes };
  };
  return networkSize(shape, { normal: cell(false), reduce: cell(true) }, false);
}

/** The network of a genotype, as it is evaluated: without an auxiliary head. */
export function evaluationSize(shape: CnnShape, { normal, reduce }: CnnGenotype): NetworkSize {
  const cell = ({ nodes, concat }: CellGenotype, reduction: boolean): CellSize => {
    const read = new Set(concat);
    // A node reads only states before it.
    const inputs = nodes.map((each, node) => [node + 2, each] as const).reverse();
    const ops = inputs.flatMap(([state, each]) => {
      if (!read.has(state)) return [];
      for (const { source } of each) read.add(source);
      return each.map(({ op, source }) => sizeOf(op, strideFrom(reduction, source)));
    });
    return { ops, reads: [read.has(0), read.has(1)], outputs: concat.length };
  };
  return networkSize(shape, { normal: cell(normal, false), reduce: cell(reduce, true) }, true);
}

function networkSize(
  { channels: first, layers, classes, image, stem = 'cifar10' }: CnnShape,
  cells: { readonly normal: CellSize; readonly reduce: CellSize },
  affine: boolean,
): NetworkSize {
  const [colours, height, width] = image;
  const reductions = new Set(reductionCells(layers));
  let channels = first;
  // A scale and a bias for each channel.
  const norms = (count: number) => (affine ? 2 * count * channels : 0);
  const kind = (index: number) => (reductions.has(index) ? cells.reduce : cells.normal);
  const read = readCells(layers, kind);
  const begun = stem === 'cifar10' ? smallStem(first, colours) : imagenetStem(first, colours, read.has(-1));
  let parameters = begun.parameters;
  let positions = (height * width) / begun.shrunk;
  let convolved = positions * begun.convolved;
  let [beforeLast, last] = begun.outputs;
  for (let index = 0; index < layers; index++) {
    const reduction = reductions.has(index);
    const { ops, reads, outputs } = kind(index);
    if (reduction) channels *= 2;
    // What is read from before a cell is brought to its channels by a convolution of 1×1.
    const brought = [beforeLast, last].filter((_, source) => read.has(index) && reads[source] === true);
    for (const from of brought) parameters += from * channels + norms(1);
    convolved += brought.length * channels * positions;
    if (reduction) positions /= 4;
    for (const op of read.has(index) ? ops : []) {
      parameters += op.weights(channels) + norms(op.batchNorms);
      convolved += op.outputs * channels * positions;
    }
    [beforeLast, last] = [last, outputs * channels];
  }
  return { parameters: parameters + (last + 1) * classes, convolved };
}

/** The cells that the classifier depends on; −1 and −2 are the stem's outputs, the last and the one before it. */
function readCells(layers: number, kind: (index: number) => CellSize): ReadonlySet<number> {
  const read = new Set([layers - 1]);
  for (let index = layers - 1; index >= 0; index--) {
    if (!read.has(index)) continue;
    const [beforeLast, last] = kind(index).reads;
    if (beforeLast) read.add(index - 2);
    if (last) read.add(index - 1);
  }
  return read;
}

interface StemSize {
  readonly parameters: number;
  /** Of all its convolutions, for each position of its last output. */
  readonly convolved: number;
  /** How many positions of the image its last output has one for. */
  readonly shrunk: number;
  readonly outputs: readonly [beforeLast: number, last: number];
}

function smallStem(channels: number, colours: number): StemSize {
  const outputs = 3 * channels;
  return {
    parameters: 9 * colours * outputs + 2 * outputs,
    convolved: outputs,
    shrunk: 1,
    outputs: [outputs, outputs],
  };
}

/** Three convolutions that halve the image, the first with half the channels; the third only where it is read. */
function imagenetStem(channels: number, colours: number, third: boolean): StemSize {
  const half = channels / 2;
  const two = 9 * (colours * half + half * channels) + 2 * (half + channels);
  return {
    parameters: two + (third ? 9 * channels * channels + 2 * channels : 0),
    convolved: 16 * half + 4 * channels + (third ? channels : 0),
    shrunk: 64,
    outputs: [channels, channels],
  };
}
