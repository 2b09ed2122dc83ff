/**
 * How far a runtime may be from the baseline, onnxruntime-cpu as it optimises the file by itself.
 *
 * An element passes where |a − b| ≤ absolute + relative·|b|, b being the baseline's. Float32 sums in another order
 * differ by about 1e-6 on logits of these networks; a wrong pad or epsilon by 1e-3 and more. In between lies the gate.
 */
import type { RuntimeName } from '../runtime/runtime.ts';

export interface Gate {
  readonly absolute: number;
  readonly relative: number;
  /** Share of real images on which the highest logit must be that of the same class. */
  readonly top1: number;
}

/** Whose results are held against the baseline's: a runtime, or onnxruntime-cpu told not to rewrite the graph. */
export type PairName = Exclude<RuntimeName, 'onnxruntime-cpu'> | 'onnxruntime-cpu unoptimised';

const float32: Gate = { absolute: 1e-4, relative: 0, top1: 1 };
/** Cards choose among algorithms, some of which (Winograd) trade accuracy for speed. */
const card: Gate = { absolute: 1e-4, relative: 1e-3, top1: 1 };

export const gates: { readonly [N in PairName]: Gate } = {
  'onnxruntime-cpu unoptimised': float32,
  'tfjs-node-gpu': float32,
  'onnxruntime-cuda': card,
  'onnxruntime-webgpu': card,
  'tfjs-cpu': float32,
  reference: float32,
};

/** The gate of a pair; `atol`, where given, is all that is allowed, on top of nothing relative. */
export function gateOf(name: PairName, atol?: number): Gate {
  const gate = gates[name];
  return atol === undefined ? gate : { ...gate, absolute: atol, relative: 0 };
}
