/**
 * The operations of the recurrent space (DARTS, section 3.2): what a node passes its candidate state through.
 *
 * `none` takes part in a search, where it stands for no edge, and cannot be part of a genotype.
 */
import { internal } from '../../errors.ts';
import type { Activation } from '../../graph/attributes.ts';

/** In the order of the columns of alpha. */
export const rnnPrimitives = ['none', 'tanh', 'relu', 'sigmoid', 'identity'] as const;
export type RnnPrimitive = (typeof rnnPrimitives)[number];

/** The primitives that a genotype may hold. */
export const rnnOps = ['tanh', 'relu', 'sigmoid', 'identity'] as const satisfies readonly RnnPrimitive[];
export type RnnOp = (typeof rnnOps)[number];

export function isRnnOp(name: string): name is RnnOp {
  return rnnOps.some((op) => op === name);
}

/** The op of a graph that a primitive is. */
export function activationOf(op: RnnOp): Activation {
  switch (op) {
    case 'tanh':
      return 'Tanh';
    case 'relu':
      return 'Relu';
    case 'sigmoid':
      return 'Sigmoid';
    case 'identity':
      return 'Identity';
    default:
      throw internal(`no activation for ${String(op)}`);
  }
}
