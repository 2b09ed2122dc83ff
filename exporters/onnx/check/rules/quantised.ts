/** Scales and zero points of numbers of few bits: one for all, one for each place along an axis, or one a block. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Dim, Shape } from '../../../../src/graph/types.ts';
import type { NodeReader } from '../../node-reader.ts';
import { convolutionFault } from './image.ts';
import { axisFault, differ, first, type Fault, type Rule } from './rule.ts';

/** Whether there is one for all. Runtimes take a list of one for a scalar. */
const isOne = (shape: Shape): boolean => shape.length === 0 || (shape.length === 1 && shape[0] === 1);

export const scaled: Rule = (node) => {
  const [x, scale] = [node.shape(0), node.shape(1)];
  return first(
    () => scaleFault(node, x, scale),
    () => {
      const zero = node.has(2) ? node.shape(2) : undefined;
      if (zero === undefined || (isOne(zero) && isOne(scale))) return undefined;
      const isAlike = zero.length === scale.length && zero.every((dim, i) => !differ(dim, scale[i]));
      return isAlike
        ? undefined
        : `its zero point is ${showShape(zero)}, and its scale ${showShape(scale)}: they must be of one shape`;
    },
  );
};

/** Of its kernel, one for all, or one for each channel that it makes. */
export const quantisedConvolution: Rule = (node) => {
  const made = node.shape(3)[0];
  const parts = [
    ['x_scale', 1, 1],
    ['x_zero_point', 2, 1],
    ['w_scale', 4, made],
    ['w_zero_point', 5, made],
    ['y_scale', 6, 1],
    ['y_zero_point', 7, 1],
  ] as const;
  return first(
    () => convolutionFault(node, 3, 8),
    ...parts.map(([name, index, count]) => (): Fault => {
      const shape = node.shape(index);
      if (isOne(shape) || (shape.length === 1 && !differ(shape[0], count))) return undefined;
      const wanted = count === 1 ? 'one number' : `one number, or one for each of ${count} channels`;
      return `its ${name} is ${showShape(shape)}, and must be ${wanted}`;
    }),
  );
};

function scaleFault(node: NodeReader, x: Shape, scale: Shape): Fault {
  const block = node.int('block_size', 0);
  if (block < 0) return `its block_size is ${block}, and must be positive`;
  if (block > 0) return blockFault(node, block, x, scale);
  if (isOne(scale) || (scale.length === 1 && typeof scale[0] !== 'number')) return undefined;
  if (scale.length !== 1) return `its scale is ${showShape(scale)}, and must be a number or a list`;
  // Before opset 13, the text has only one for all, and runtimes take a list all the same.
  const axis = node.int('axis', 1);
  return first(
    () => axisFault(axis, x.length),
    () => {
      const extent = x.at(axis);
      if (!differ(scale[0], extent)) return undefined;
      return `its scale is ${showShape(scale)}, and axis ${axis} of its input is ${extent}`;
    },
  );
}

/** Of a block of neighbours along the axis, all have one scale. */
function blockFault(node: NodeReader, block: number, x: Shape, scale: Shape): Fault {
  const axis = node.int('axis', 1);
  const outside = axisFault(axis, x.length);
  if (outside !== undefined) return outside;
  const along = axis < 0 ? axis + x.length : axis;
  const wanted = x.map((dim: Dim, i) =>
    i !== along ? dim : typeof dim === 'number' ? Math.ceil(dim / block) : '?',
  );
  const isFit = scale.length === wanted.length && scale.every((dim, i) => !differ(dim, wanted[i]));
  if (isFit) return undefined;
  return `its scale is ${showShape(scale)}, and of blocks of ${block} along axis ${axis} must be ${showShape(wanted)}`;
}
