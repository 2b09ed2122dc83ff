/**
 * The operations an edge of a CNN cell can carry.
 *
 * The order of `dartsPrimitives` is part of the definition of DARTS: column k of an alpha matrix belongs to primitive k,
 * and a tie between two primitives goes to the earlier one. (Liu, Simonyan, Yang, ICLR 2019, section 3.1.1.)
 */

/** The eight candidates of the DARTS CNN space, in the order of the alpha columns. */
export const dartsPrimitives = [
  'none',
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
] as const;

/** Ops that only hand-written genotypes use: NASNet has the first, AmoebaNet both. */
export const publishedOnlyOps = ['sep_conv_7x7', 'conv_7x1_1x7'] as const;

export type DartsPrimitive = (typeof dartsPrimitives)[number];

/** Anything a mixed op may hold, `none` included. */
export type CnnPrimitive = DartsPrimitive | (typeof publishedOnlyOps)[number];

/** Anything a genotype may hold: `none` competes in a search and is never chosen. */
export type CnnOp = Exclude<CnnPrimitive, 'none'>;

/** All that a mixed op may hold: what DARTS searches among, then what only given genotypes use. */
export const cnnPrimitives: readonly CnnPrimitive[] = [...dartsPrimitives, ...publishedOnlyOps];

export const cnnOps: readonly CnnOp[] = cnnPrimitives.filter((primitive) => primitive !== 'none');

export function isCnnOp(name: string): name is CnnOp {
  return (cnnOps as readonly string[]).includes(name);
}

/** What kind of op it is; drawings colour by it. */
export type OpFamily = 'sep' | 'dil' | 'pool' | 'skip' | 'other';

const familyOf: { readonly [Op in CnnOp]: OpFamily } = {
  max_pool_3x3: 'pool',
  avg_pool_3x3: 'pool',
  skip_connect: 'skip',
  sep_conv_3x3: 'sep',
  sep_conv_5x5: 'sep',
  dil_conv_3x3: 'dil',
  dil_conv_5x5: 'dil',
  sep_conv_7x7: 'sep',
  conv_7x1_1x7: 'other',
};

export function opFamily(op: CnnOp): OpFamily {
  return familyOf[op];
}
