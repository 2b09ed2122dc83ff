/**
 * Which whole numbers an input is fed. What they are for is told by what reads them: rows of a table are looked up, a mask
 * is 0 or 1, and what is only computed with may be any number, as small ones and negative ones tell more than 0 and 1.
 */
import type { OnnxModel, OnnxNode, OnnxNumericType } from '../../proto/onnx.ts';

export interface WholeRange {
  readonly from: number;
  readonly below: number;
  /** Not where something is divided by it. */
  readonly hasZero: boolean;
  /** The least and the largest that it is fed, where that goes further. */
  readonly extremes: readonly [number, number];
}

/** What counts from 0: places of a table, levels of a pixel, what is so or not. */
function countedTo(below: number): WholeRange {
  return { from: 0, below, hasZero: true, extremes: [0, below - 1] };
}

/** What is usual of numbers that are computed with, within their type. */
const usualSize = 100;
/** What a large one is of types that go further: its square is within 32 bits. */
const largeSize = 2 ** 15;

/** What each type of up to 16 bits holds. */
const typeRanges: Readonly<Partial<Record<OnnxNumericType, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  uint32: [0, largeSize],
  uint64: [0, largeSize],
};

/** What two readers of one input both take. */
export function inBoth(one: WholeRange, other: WholeRange): WholeRange {
  return {
    from: Math.max(one.from, other.from),
    below: Math.min(one.below, other.below),
    hasZero: one.hasZero && other.hasZero,
    extremes: [Math.max(one.extremes[0], other.extremes[0]), Math.min(one.extremes[1], other.extremes[1])],
  };
}

export function wholeRange(model: OnnxModel, name: string, dtype: OnnxNumericType, rank: number): WholeRange {
  if (dtype === 'bool') return countedTo(2);
  const limits = limitsOf(model, name);
  // Ids are kept in 32 bits.
  if (limits.length > 0) return countedTo(Math.max(1, Math.min(2 ** 31 - 1, ...limits)));
  // Bytes in three dimensions and more are pixels.
  if (dtype === 'uint8' && rank >= 3) return countedTo(256);
  const use = useOf(model, name);
  if (use === 'unknown' || /mask/i.test(name)) return countedTo(2);
  const extremes = typeRanges[dtype] ?? [-largeSize, largeSize];
  const [least, most] = extremes;
  return {
    from: Math.max(least, -usualSize),
    below: Math.min(most, usualSize) + 1,
    hasZero: use === 'computed with',
    extremes,
  };
}

/** Ops that pass ids on as they are. */
const passing = new Set(['Identity', 'Cast', 'Reshape', 'Unsqueeze', 'Squeeze', 'Flatten', 'Transpose']);

/** How many ids each reader of a value knows, whoever reads it first passing it on as it is. */
function limitsOf(model: OnnxModel, name: string): readonly number[] {
  const { nodes, initializers } = model.graph;
  const tensors = new Map(initializers.map((tensor) => [tensor.name, tensor]));
  const same = new Set([name]);
  const limits: number[] = [];
  for (const node of nodes) {
    const [first = '', second = ''] = node.inputs;
    if (passing.has(node.opType) && same.has(first)) for (const output of node.outputs) same.add(output);
    if (!node.inputs.some((input) => same.has(input))) continue;
    const table = tensors.get(first);
    if ((node.opType === 'Gather' || node.opType === 'GatherElements') && same.has(second)) {
      const extent = table?.dims.at(axisOf(node));
      if (extent !== undefined) limits.push(extent);
    }
    if (node.opType === 'OneHot' && same.has(first)) {
      const depth = tensors.get(second);
      if (depth !== undefined && depth.dtype !== 'string') limits.push(Number(depth.data[0]));
    }
  }
  return limits;
}

function axisOf({ attributes }: OnnxNode): number {
  const axis = attributes.find((attribute) => attribute.name === 'axis');
  return axis?.kind === 'int' ? Number(axis.value) : 0;
}

const namesIn = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** Ops that take any number in every input. */
const computing = namesIn(
  'Add Sub Mul Neg Abs Sign Relu Min Max Sum Clip Concat Identity MatMul Gemm MatMulInteger ' +
    'ConvInteger BitwiseAnd BitwiseOr BitwiseXor BitwiseNot Flatten Transpose DequantizeLinear Size ' +
    'Shape',
);
/** Those that take any number in the first; the others say where, or how often. */
const computingFirst = namesIn(
  'Reshape Unsqueeze Squeeze Gather GatherElements GatherND Slice Split Expand Tile Pad CumSum ' +
    'Trilu TopK ReduceSum ReduceMax ReduceMin ReduceMean ArgMax ArgMin DepthToSpace SpaceToDepth ' +
    'MaxPool BitShift',
);
/** What comes out of them is no number of the input any more, whatever is done with it. */
const ending = new Set(['Shape', 'Size', 'DequantizeLinear', 'ArgMax', 'ArgMin']);

type Use = 'computed with' | 'divided by' | 'unknown';

/** What all that is made of an input is for, up to where it becomes a fraction. */
function useOf({ graph, functions }: OnnxModel, name: string): Use {
  if (functions.length > 0) return 'unknown';
  const made = new Set([name]);
  let divides = false;
  for (const node of graph.nodes) {
    const places = node.inputs.flatMap((input, place) => (made.has(input) ? [place] : []));
    if (node.attributes.some(({ kind }) => kind === 'graph')) return 'unknown';
    if (places.length === 0) continue;
    const { opType, domain } = node;
    const isCast = opType === 'Cast' && domain === '';
    const to = node.attributes.find((attribute) => attribute.name === 'to');
    const target = isCast && to?.kind === 'int' ? Number(to.value) : undefined;
    // To bool: it is a mask.
    if (target === 9) return 'unknown';
    if (target !== undefined) {
      if (!fractions.has(target)) for (const output of node.outputs) made.add(output);
      continue;
    }
    const isFirst = places.every((place) => place === 0);
    const isDivision = opType === 'Div' || opType === 'Mod';
    if (domain !== '' || !(computing.has(opType) || isDivision || (computingFirst.has(opType) && isFirst))) {
      return 'unknown';
    }
    divides ||= isDivision && places.includes(1);
    if (!ending.has(opType)) for (const output of node.outputs) made.add(output);
  }
  return divides ? 'divided by' : 'computed with';
}

/** The codes of types of floats. */
const fractions: ReadonlySet<number> = new Set([1, 10, 11, 16]);
