/**
 * The table of vector–Jacobian rules. Every op has an entry or does not compile; `'definition'` differentiates what
 * the op stands for, `'none'` is an op that cannot be trained through.
 */
import type { OpName } from '../graph/attributes.ts';
import type { Rule } from './rule.ts';
import { elementwiseRules } from './rules/elementwise.ts';
import { imageRules } from './rules/image.ts';
import { linearRules } from './rules/linear.ts';
import { recurrentRules } from './rules/recurrent.ts';
import { shapeRules } from './rules/shape.ts';

export const rules: { readonly [K in OpName]: Rule<K> | 'definition' | 'none' } = {
  ...elementwiseRules,
  ...linearRules,
  ...shapeRules,
  ...imageRules,
  ...recurrentRules,
  BatchNormTrainGrad: 'definition',
  SeparableHalf: 'definition',
  SeparableHalfGrad: 'definition',
  MixedSum: 'definition',
  PixelPairs: 'definition',
  PixelPairsGrad: 'definition',
  Patches: 'definition',
  SgdMomentum: 'definition',
  Scan: 'none',
};
