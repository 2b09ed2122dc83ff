/**
 * Scales of quantisation that are not above 0 and finite: infinite ones, which quantisers write where a mask of −∞ or of the
 * largest float goes into what they measure, and those that are 0 or NaN.
 */
import { doublesOf } from '../../exporters/onnx/tensors.ts';
import type { OnnxGraph } from '../../proto/onnx.ts';

const scaled = ['QuantizeLinear', 'DequantizeLinear'];
/** How many are named. */
const shown = 5;

/** A sentence each, of scales that the file holds. */
export function oddScalesIn(graph: OnnxGraph): readonly string[] {
  const held = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const told = new Set<string>();
  for (const { opType, inputs } of graph.nodes) {
    const scale = scaled.includes(opType) ? held.get(inputs[1] ?? '') : undefined;
    if (scale === undefined || scale.dtype === 'string' || scale.missing === true) continue;
    const odd = doublesOf(scale).find((value) => !Number.isFinite(value) || value === 0);
    if (odd !== undefined) told.add(`the scale "${scale.name}" is ${odd}: what it quantises has no meaning`);
  }
  const rest = told.size - shown;
  return [...[...told].slice(0, shown), ...(rest > 0 ? [`and ${rest} more scales`] : [])];
}
