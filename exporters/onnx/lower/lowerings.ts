/** Every op of ONNX that can be read, but for those that hold graphs (`reading.ts`): a row each, in files by family. */
import { activationLowerings } from './activation.ts';
import { attentionLowerings } from './attention.ts';
import { arithmeticLowerings } from './arithmetic.ts';
import { convolutionLowerings } from './convolution.ts';
import { indexingLowerings } from './indexing.ts';
import { linearLowerings } from './linear.ts';
import { lossLowerings } from './loss.ts';
import type { Lower, Lowerings } from './lowering.ts';
import { normalisationLowerings } from './normalisation.ts';
import { poolingLowerings } from './pooling.ts';
import { quantiseLowerings } from './quantise.ts';
import { recurrentLowerings } from './recurrent.ts';
import { reductionLowerings } from './reduction.ts';
import { resizeLowerings } from './resize.ts';
import { shapeLowerings } from './shape.ts';

const lowerings: Lowerings = {
  ...arithmeticLowerings,
  ...activationLowerings,
  ...reductionLowerings,
  ...linearLowerings,
  ...shapeLowerings,
  ...indexingLowerings,
  ...convolutionLowerings,
  ...poolingLowerings,
  ...normalisationLowerings,
  ...resizeLowerings,
  ...quantiseLowerings,
  ...recurrentLowerings,
  ...attentionLowerings,
  ...lossLowerings,
};

export function loweringOf(op: string): Lower | undefined {
  return Object.hasOwn(lowerings, op) ? lowerings[op] : undefined;
}

export const readableOps: readonly string[] = [...Object.keys(lowerings), 'Scan', 'If'].toSorted();
