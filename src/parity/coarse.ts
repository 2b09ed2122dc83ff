/** Whether a file computes in less than float32 anywhere: then one rounding more or less is far more than a float's. */
import { usedBy } from '../../exporters/onnx/used.ts';
import {
  dataTypeOf,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
} from '../../proto/onnx.ts';

/** Of ONNX and of onnxruntime: QLinearConv and QGemm, MatMulInteger, MatMulNBits, GatherBlockQuantized and their like. */
const quantised = /^(Q[A-Z]|Quantize|Dequantize|DynamicQuantize)|Integer|NBits|Bnb4|Quantized/;
const narrow = /^(float(16|8|4)|bfloat16)/;

export function isCoarse({ graph, functions }: OnnxModel): boolean {
  const isNarrow = (type: OnnxType): boolean => type.kind === 'tensor' && narrow.test(type.dtype);
  const coarse = (of: OnnxGraph): boolean =>
    of.initializers.some(({ dtype }) => narrow.test(dtype)) ||
    [...of.inputs, ...of.outputs].some(({ type }) => isNarrow(type)) ||
    of.nodes.some(
      (node) =>
        isCoarseNode(node) ||
        node.attributes.some((attribute) => attribute.kind === 'graph' && coarse(attribute.value)),
    );
  return coarse(livePart(graph)) || functions.some(({ nodes }) => nodes.some(isCoarseNode));
}

/** One that quantises, or casts to a type that is narrower than float32. */
function isCoarseNode({ opType, attributes }: OnnxNode): boolean {
  if (opType !== 'Cast') return quantised.test(opType);
  const to = attributes.find(({ name }) => name === 'to');
  const dtype = to?.kind === 'int' ? dataTypeOf(Number(to.value)) : undefined;
  return dtype !== undefined && narrow.test(dtype);
}

/**
 * What a file computes in: float32, that with powers which libraries are rough at, a narrower float, float32 with steps to
 * whole numbers in between, or what is not told from its ops alone.
 */
export type Precision = 'float32' | 'rough' | 'float16' | 'bfloat16' | 'steps' | 'coarse';

export function precisionOf(model: OnnxModel): Precision {
  if (isCoarse(model)) return coarsenessOf(model);
  return hasRoughPowers(model.graph) ||
    model.functions.some(({ nodes }) => nodes.some(isRoughPower(new Map())))
    ? 'rough'
    : 'float32';
}

/** Kernels for weights of a few bits compute in whole numbers where the file says floats. */
const untold = /NBits|Bnb4|GatherBlockQuantized/;
const fewBitTypes = /^u?int[24]$|^float[48]/;

/** Two kinds in one file are not told apart. */
function coarsenessOf(model: OnnxModel): Precision {
  const { dtypes, ops } = namedIn(model);
  const [isUntold, half, brain, steps] = [
    [...ops].some((op) => untold.test(op)) || [...dtypes].some((dtype) => fewBitTypes.test(dtype)),
    dtypes.has('float16'),
    dtypes.has('bfloat16'),
    [...ops].some((op) => quantised.test(op)),
  ];
  if (isUntold || [half, brain, steps].filter(Boolean).length > 1) return 'coarse';
  return half ? 'float16' : brain ? 'bfloat16' : 'steps';
}

/** Whether all that a file computes with fractions is of doubles. */
export function isDouble(model: OnnxModel): boolean {
  const { dtypes } = namedIn(model);
  const isOther = (dtype: string): boolean => dtype !== 'float64' && /^(b?float|complex)/.test(dtype);
  return dtypes.has('float64') && ![...dtypes].some(isOther);
}

/** What some ops make of float32 where they are not told of what. */
const untoldFloats = new Set(['ConstantOfShape', 'HannWindow', 'HammingWindow', 'BlackmanWindow']);

/** Whether a file quantises a batch as it comes, as many rows together as a runtime likes (`ImportOptions`). */
export function leavesRowsOpen(model: OnnxModel): boolean {
  return namedIn(model).ops.has('DynamicQuantizeLSTM');
}

/**
 * Whether places between elements are worked out while the file is read, for each to be interpolated at: a runtime does that
 * in float32 (`ImportOptions`). The nearest of them is chosen, not made of its neighbours.
 */
export function interpolates(model: OnnxModel): boolean {
  return namedIn(model).interpolates;
}

/** Whether a file has windows that slide along channels, which some runtimes sum up by one running total (`ImportOptions`). */
export function slidesAlongChannels(model: OnnxModel): boolean {
  return namedIn(model).ops.has('LRN');
}

/** Whether a file has variances that some runtimes make of squares of what is not centred (`ImportOptions`). */
export function normalisesGroups(model: OnnxModel): boolean {
  return namedIn(model).ops.has('GroupNormalization');
}

/** Whether a file has Fourier transforms, which some runtimes make of chirps (`ImportOptions`). */
export function transformsSignals(model: OnnxModel): boolean {
  const { ops } = namedIn(model);
  return ops.has('DFT') || ops.has('STFT');
}

/** What of a graph leads to its outputs: what nobody asks for is computed by nobody. */
function livePart(graph: OnnxGraph): OnnxGraph {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const [used, live] = [new Set<string>(), new Set<OnnxNode>()];
  const open = graph.outputs.map(({ name }) => name);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    const maker = makers.get(name);
    if (maker === undefined || live.has(maker)) continue;
    live.add(maker);
    for (const used of usedBy(maker)) open.push(used);
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => live.has(node)),
    initializers: graph.initializers.filter(({ name }) => used.has(name)),
  };
}

/** Types that a file names, and ops that it has, in graphs within it, too. */
function namedIn({ graph, functions }: OnnxModel): {
  readonly dtypes: ReadonlySet<string>;
  readonly ops: ReadonlySet<string>;
  readonly interpolates: boolean;
} {
  const [dtypes, ops] = [new Set<string>(), new Set<string>()];
  let interpolates = false;
  const seeNode = (node: OnnxNode): void => {
    const { opType, attributes } = node;
    ops.add(opType);
    if (untoldFloats.has(opType) && attributes.length === 0) dtypes.add('float32');
    interpolates ||= isInterpolation(node);
    for (const attribute of attributes) {
      if (attribute.kind === 'graph') seeGraph(attribute.value);
      if (attribute.kind === 'tensor') dtypes.add(attribute.value.dtype);
      if (opType === 'Constant' && /^floats?$/.test(attribute.kind)) dtypes.add('float32');
      if (opType === 'Cast' && attribute.kind === 'int') {
        dtypes.add(dataTypeOf(Number(attribute.value)) ?? '');
      }
    }
  };
  const seeGraph = ({ initializers, inputs, outputs, nodes }: OnnxGraph): void => {
    for (const { dtype } of initializers) dtypes.add(dtype);
    for (const { type } of [...inputs, ...outputs]) if (type.kind === 'tensor') dtypes.add(type.dtype);
    for (const node of nodes) seeNode(node);
  };
  seeGraph(livePart(graph));
  for (const { nodes } of functions) for (const node of nodes) seeNode(node);
  return { dtypes, ops, interpolates };
}

function isInterpolation({ opType, attributes }: OnnxNode): boolean {
  if (opType === 'AffineGrid') return true;
  if (opType !== 'Resize' && opType !== 'Upsample') return false;
  const mode = attributes.find(({ name }) => name === 'mode');
  return mode?.kind === 'string' && mode.value !== 'nearest';
}

function hasRoughPowers(graph: OnnxGraph): boolean {
  const known = new Map<string, OnnxTensor>(graph.initializers.map((tensor) => [tensor.name, tensor]));
  for (const { opType, outputs, attributes } of graph.nodes) {
    const [value] = attributes;
    if (opType === 'Constant' && value?.kind === 'tensor') known.set(outputs[0] ?? '', value.value);
  }
  return (
    graph.nodes.some(isRoughPower(known)) ||
    graph.nodes.some(({ attributes }) =>
      attributes.some((attribute) => attribute.kind === 'graph' && hasRoughPowers(attribute.value)),
    )
  );
}

/** A square is a product; of other powers, libraries make logarithms and exponentials. */
function isRoughPower(known: ReadonlyMap<string, OnnxTensor>): (node: OnnxNode) => boolean {
  return ({ opType, inputs }) => {
    if (opType === 'LRN') return true;
    if (opType !== 'Pow') return false;
    const exponent = known.get(inputs[1] ?? '');
    if (exponent === undefined || exponent.dtype === 'string') return true;
    return Array.from(exponent.data as ArrayLike<number | bigint>, Number).some(
      (value) => ![1, 2, 3].includes(value),
    );
  };
}
