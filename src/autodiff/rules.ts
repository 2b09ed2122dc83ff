/**
 * The table of vector–Jacobian rules. Every op has an entry or does not compile; `'definition'` differentiates what
 * the op stands for.
 */
import { NascentError } from '../errors.ts';
import type { OpName } from '../graph/attributes.ts';
import type { Rule } from './rule.ts';
import { elementwiseRules } from './rules/elementwise.ts';
import { imageRules } from './rules/image.ts';
import { linearRules } from './rules/linear.ts';
import { recurrentRules } from './rules/recurrent.ts';
import { shapeRules } from './rules/shape.ts';

export const rules: { readonly [K in OpName]: Rule<K> | 'definition' } = {
  ...elementwiseRules,
  ...linearRules,
  ...shapeRules,
  ...imageRules,
  ...recurrentRules,
  BatchNormTrainGrad: 'definition',
  SgdMomentum: 'definition',
  Scan: ({ node }) => {
    throw new NascentError('graph/invalid', `"${node.name}" is a Scan, which has no gradient`, {
      help: 'Train on the network unrolled over a known number of steps; Scan is for inference.',
    });
  },
};
