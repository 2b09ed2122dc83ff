/** Products. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Shape } from '../../../../src/graph/types.ts';
import { broadcastFault, differ, first, rankFault, type Fault, type Rule } from './rule.ts';

export function productFault(a: Shape, b: Shape): Fault {
  if (a.length === 0 || b.length === 0) return `${showShape(a)} times ${showShape(b)}: a scalar has no rows`;
  const [inner, outer] = [a.at(-1), b.at(b.length === 1 ? -1 : -2)];
  if (differ(inner, outer)) return `${showShape(a)} times ${showShape(b)}: ${inner} meets ${outer}`;
  return broadcastFault([a.slice(0, -2), b.slice(0, -2)]);
}

export const product =
  (right = 1): Rule =>
  (node) =>
    productFault(node.shape(0), node.shape(right));

export const gemm: Rule = (node) => {
  const [a, b] = [node.shape(0), node.shape(1)];
  const turned = (shape: Shape, name: string): Shape =>
    node.int(name, 0) === 0 ? shape : shape.toReversed();
  return first(
    () => rankFault(a, 2, 'A'),
    () => rankFault(b, 2, 'B'),
    () => productFault(turned(a, 'transA'), turned(b, 'transB')),
    () => {
      if (!node.has(2) || node.opset < 7) return undefined;
      const c = node.shape(2);
      const y = [turned(a, 'transA')[0] ?? 1, turned(b, 'transB')[1] ?? 1];
      const fits =
        c.length <= 2 && c.every((_, i) => c.at(-1 - i) === 1 || !differ(c.at(-1 - i), y.at(-1 - i)));
      return fits ? undefined : `C is ${showShape(c)}, which does not broadcast to ${showShape(y)}`;
    },
  );
};
