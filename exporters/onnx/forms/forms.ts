/** The forms of all standard ops but Scan, whose body is a graph (`scan.ts`). A missing op does not compile. */
import type { StandardOp } from '../../../src/graph/attributes.ts';
import { elementwise } from './elementwise.ts';
import type { AnyForm, Form } from './form.ts';
import { image } from './image.ts';
import { linear } from './linear.ts';
import { shape } from './shape.ts';

export const forms: { readonly [K in Exclude<StandardOp, 'Scan'>]: Form<K> } = {
  ...elementwise,
  ...linear,
  ...shape,
  ...image,
};

export function formOf(op: string): AnyForm | undefined {
  return Object.hasOwn(forms, op) ? (forms[op as keyof typeof forms] as unknown as AnyForm) : undefined;
}
