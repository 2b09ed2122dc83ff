/** Transforms to frequencies and back. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { NodeReader } from '../../node-reader.ts';
import { numberFault, oneFault } from './counts.ts';
import { constantOf, dimensions, first, isOutside, type Fault, type Rule } from './rule.ts';

/** A signal whose last axis is a number's real part, or that and its imaginary part. */
export const transform: Rule = (node) => {
  const x = node.shape(0);
  const parts = x.at(-1);
  const isOld = node.opset < 20;
  const axis = isOld ? node.int('axis', 1) : node.has(2) ? constantOf(node, 2)?.[0] : -2;
  const [isHalf, isBack] = [node.int('onesided', 0) !== 0, node.int('inverse', 0) !== 0];
  return first(
    () => (x.length < 2 ? `its input ${showShape(x)} must have 2 dimensions or more` : undefined),
    () => scalarFault(node, 1, 'its dft_length'),
    () => (isOld ? undefined : scalarFault(node, 2, 'its axis')),
    () => {
      if (axis === undefined) return undefined;
      if (isOutside(axis, x.length)) return `its axis ${axis} is outside a tensor of ${dimensions(x.length)}`;
      const isLast = (axis < 0 ? axis + x.length : axis) === x.length - 1;
      return isLast
        ? `its axis ${axis} is that of the parts of its numbers, the last of ${showShape(x)}`
        : undefined;
    },
    () => {
      if (typeof parts !== 'number') return undefined;
      if (isHalf && parts !== (isBack ? 2 : 1)) {
        const [way, kind] = isBack ? ['back from', 'complex'] : ['to', 'real'];
        return `it goes ${way} one side of the spectrum, and its input ${showShape(x)} is not ${kind}`;
      }
      return parts === 1 || parts === 2
        ? undefined
        : `its input ${showShape(x)} must end in an axis of 1 or 2, the parts of its numbers`;
    },
  );
};

/** A list of one that is fed is taken by runtimes, and one that is a constant is not. */
function scalarFault(node: NodeReader, index: number, what: string): Fault {
  const rule = node.knownOrNot(index) === undefined ? oneFault : numberFault;
  return rule(node, index, what);
}
