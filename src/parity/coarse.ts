/** Whether a file computes in less than float32 anywhere: then one rounding more or less is far more than a float's. */
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
  return coarse(graph) || functions.some(({ nodes }) => nodes.some(isCoarseNode));
}

/** One that quantises, or casts to a type that is narrower than float32. */
function isCoarseNode({ opType, attributes }: OnnxNode): boolean {
  if (opType !== 'Cast') return quantised.test(opType);
  const to = attributes.find(({ name }) => name === 'to');
  const dtype = to?.kind === 'int' ? dataTypeOf(Number(to.value)) : undefined;
  return dtype !== undefined && narrow.test(dtype);
}

/** What a file computes in: float32, that with powers which libraries are rough at, or less than float32. */
export type Precision = 'float32' | 'rough' | 'coarse';

export function precisionOf(model: OnnxModel): Precision {
  if (isCoarse(model)) return 'coarse';
  return hasRoughPowers(model.graph) ||
    model.functions.some(({ nodes }) => nodes.some(isRoughPower(new Map())))
    ? 'rough'
    : 'float32';
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
