/** Every op of ONNX that can be read, but for those that hold graphs (`nested.ts`) and sequences (`sequences.ts`): a row each, in files by family. */
import { BrokenRule } from '../../../src/graph/infer/rule.ts';
import { showDomain } from '../check/check.ts';
import { activationLowerings } from './activation.ts';
import { attentionLowerings } from './attention.ts';
import { arithmeticLowerings } from './arithmetic.ts';
import { bitLowerings } from './bits.ts';
import { choiceLowerings } from './choice.ts';
import { convolutionLowerings } from './convolution.ts';
import { drawingOps, drawsNumbers } from './drawn.ts';
import { fusedAttentionLowerings } from './fused-attention.ts';
import { fusedLowerings, simplifiedLowerings } from './fused.ts';
import { fusedQuantisedLowerings } from './fused-quantised.ts';
import { indexingLowerings } from './indexing.ts';
import { linearAttentionLowerings } from './linear-attention.ts';
import { linearLowerings } from './linear.ts';
import { lossLowerings } from './loss.ts';
import type { Lower, Lowerings } from './lowering.ts';
import { ngramLowerings } from './ngrams.ts';
import { normalisationLowerings } from './normalisation.ts';
import { poolingLowerings } from './pooling.ts';
import { quantiseLowerings } from './quantise.ts';
import { recurrentLowerings } from './recurrent.ts';
import { reductionLowerings } from './reduction.ts';
import { regionLowerings } from './regions.ts';
import { resizeLowerings } from './resize.ts';
import { samplingLowerings } from './sampling.ts';
import { shapeLowerings } from './shape.ts';
import { spectrumLowerings } from './spectrum.ts';

const lowerings: Lowerings = {
  ...arithmeticLowerings,
  ...activationLowerings,
  ...reductionLowerings,
  ...linearLowerings,
  ...shapeLowerings,
  ...indexingLowerings,
  ...choiceLowerings,
  ...convolutionLowerings,
  ...poolingLowerings,
  ...normalisationLowerings,
  ...resizeLowerings,
  ...samplingLowerings,
  ...regionLowerings,
  ...bitLowerings,
  ...spectrumLowerings,
  ...quantiseLowerings,
  ...recurrentLowerings,
  ...attentionLowerings,
  ...linearAttentionLowerings,
  ...lossLowerings,
  ...ngramLowerings,
  // Written at any opset by onnxruntime, which had it long before ONNX did, or has it alone.
  ...simplifiedLowerings,
};

/**
 * Ops that onnxruntime's optimiser and quantiser write, under their domain. A few of them have moved to ONNX's own, or
 * were written there before ONNX had them.
 */
const microsoft: Lowerings = { ...fusedLowerings, ...fusedAttentionLowerings, ...fusedQuantisedLowerings };

/** What a node of this type means; undefined where that is not known. */
export function loweringOf(domain: string, op: string): Lower | undefined {
  const own = domain === '' ? lowerings : domain === microsoftDomain ? microsoft : {};
  return Object.hasOwn(own, op) ? own[op] : undefined;
}

const microsoftDomain = 'com.microsoft';

/** What stands for a lowering of a node of this type, where there is none: it says why. */
export function lacking(domain: string, op: string): Lower {
  return (node) => {
    if (domain === '' && drawingOps.has(op)) drawsNumbers(node);
    const of = domain === '' ? '' : ` of the operator set ${showDomain(domain)}`;
    throw new BrokenRule(`there is no op ${op}${of} here`, '');
  };
}

/** Ops that have a row here, as files spell them: those of ONNX bare, others after their domain. */
export const loweredOps: readonly string[] = [
  ...Object.keys(lowerings),
  ...Object.keys(microsoft).map((op) => `${microsoftDomain}.${op}`),
];
