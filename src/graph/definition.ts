/** The form of a definition: what an op of ours stands for, in standard ops. */
import { internal } from '../errors.ts';
import type { OpName } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import type { NodeOf, Value } from './types.ts';

export type Definition<K extends OpName> = (
  builder: GraphBuilder,
  node: Pick<NodeOf<K>, 'attributes'>,
  inputs: readonly Value[],
) => readonly Value[];

/** An input that inference has shown to be there. */
export function required(value: Value | undefined): Value {
  if (value === undefined) throw internal('an input is missing after inference let it pass');
  return value;
}
