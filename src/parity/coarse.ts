/** Whether a file computes in less than float32 anywhere: then one rounding more or less is far more than a float's. */
import type { OnnxGraph, OnnxModel, OnnxType } from '../../proto/onnx.ts';

const quantised = /^(Quantize|Dequantize|DynamicQuantize|QLinear)|Integer$/;
const narrow = new Set(['float16', 'bfloat16', 'float8e4m3fn', 'float8e5m2']);

export function isCoarse({ graph, functions }: OnnxModel): boolean {
  const isNarrow = (type: OnnxType): boolean => type.kind === 'tensor' && narrow.has(type.dtype);
  const coarse = (of: OnnxGraph): boolean =>
    of.initializers.some(({ dtype }) => narrow.has(dtype)) ||
    [...of.inputs, ...of.outputs].some(({ type }) => isNarrow(type)) ||
    of.nodes.some(
      ({ opType, attributes }) =>
        quantised.test(opType) ||
        attributes.some((attribute) => attribute.kind === 'graph' && coarse(attribute.value)),
    );
  return coarse(graph) || functions.some(({ nodes }) => nodes.some(({ opType }) => quantised.test(opType)));
}
