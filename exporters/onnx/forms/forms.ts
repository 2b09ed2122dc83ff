/** The forms of all standard ops. An op that is missing here does not compile. */
import type { StandardOp } from '../../../src/graph/attributes.ts';
import { elementwise } from './elementwise.ts';
import type { AnyForm, Form } from './form.ts';
import { image } from './image.ts';
import { linear } from './linear.ts';
import { shape } from './shape.ts';

export const forms: { readonly [K in StandardOp]: Form<K> } = {
  ...elementwise,
  ...linear,
  ...shape,
  ...image,
};

export const supportedOps = Object.keys(forms).toSorted();

export function formOf(op: string): AnyForm | undefined {
  return Object.hasOwn(forms, op) ? (forms[op as StandardOp] as unknown as AnyForm) : undefined;
}
