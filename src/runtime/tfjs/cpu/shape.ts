/** Moving elements about on tfjs's CPU backend. Axes are memory axes here; `../layout.ts` translates. */
import { internal } from '../../../errors.ts';
import { sliceRange } from '../../../graph/infer/shape.ts';
import { sizeOf, stridesOf } from '../../../graph/tensor.ts';
import { inMemoryOrder, memoryAxis } from '../layout.ts';
import { operand, typeOf, type CpuKernel, type CpuOps } from './ops.ts';
import { broadcasting, copyBox, emptyLike, rearranged } from './walk.ts';

type Renaming = 'Reshape' | 'Flatten' | 'Squeeze' | 'Unsqueeze';

export function shapeKernels(tf: CpuOps) {
  /** The shape that the graph says the output has; the batch, if open, is the one extent left to infer. */
  const renamed: CpuKernel<Renaming> = ({ node }) => {
    const shape = (node.outputs[0]?.type.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1));
    return (inputs) => [tf.reshape(operand(inputs, 0), shape)];
  };

  return {
    Reshape: renamed as CpuKernel<'Reshape'>,
    Flatten: renamed as CpuKernel<'Flatten'>,
    Squeeze: renamed as CpuKernel<'Squeeze'>,
    Unsqueeze: renamed as CpuKernel<'Unsqueeze'>,

    Transpose: (({ attributes }) =>
      (inputs) => [tf.transpose(operand(inputs, 0), attributes.perm)]) satisfies CpuKernel<'Transpose'>,

    Expand: (({ node, outputLayouts }) => {
      const known = (node.outputs[0]?.type.shape ?? []).map((dim) => {
        if (typeof dim !== 'number') throw internal('Expand to an open batch');
        return dim;
      });
      const shape = inMemoryOrder(known, outputLayouts[0] ?? 'plain');
      return (inputs) => {
        const x = operand(inputs, 0);
        const y = rearranged(tf.values(x), shape, broadcasting(x.shape, shape));
        return [tf.make(typeOf(x), shape, y)];
      };
    }) satisfies CpuKernel<'Expand'>,

    Concat: (({ node, attributes, outputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axis = memoryAxis(attributes.axis, outputLayouts[0] ?? 'plain', rank);
      return (inputs) => [tf.call('Concat', inputs, { axis })];
    }) satisfies CpuKernel<'Concat'>,

    /** tfjs's slices are views that keep the whole array alive; these are copies, as those of the next op. */
    Split: (({ node, attributes, inputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axis = memoryAxis(attributes.axis, inputLayouts[0] ?? 'plain', rank);
      return (inputs) => {
        const x = operand(inputs, 0);
        const strides = stridesOf(x.shape);
        let before = 0;
        return attributes.split.map((extent) => {
          const shape = x.shape.with(axis, extent);
          const start = before * (strides[axis] ?? 0);
          before += extent;
          return tf.make(typeOf(x), shape, rearranged(tf.values(x), shape, { start, strides }));
        });
      };
    }) satisfies CpuKernel<'Split'>,

    Slice: (({ node, attributes, inputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const { starts, ends, axes, steps } = attributes;
      return (inputs) => {
        const x = operand(inputs, 0);
        const strides = stridesOf(x.shape);
        const shape = [...x.shape];
        let start = 0;
        axes.forEach((axis, i) => {
          const at = memoryAxis(axis, inputLayouts[0] ?? 'plain', rank);
          const range = sliceRange(x.shape[at] ?? 1, starts[i] ?? 0, Number(ends[i] ?? 0), steps[i] ?? 1);
          start += range.start * (strides[at] ?? 0);
          strides[at] = (steps[i] ?? 1) * (strides[at] ?? 0);
          shape[at] = range.count;
        });
        return [tf.make(typeOf(x), shape, rearranged(tf.values(x), shape, { start, strides }))];
      };
    }) satisfies CpuKernel<'Slice'>,

    Pad: (({ attributes, inputLayouts }) => {
      const rank = attributes.pads.length / 2;
      const pairs = Array.from(
        { length: rank },
        (_, axis) => [attributes.pads[axis] ?? 0, attributes.pads[axis + rank] ?? 0] as const,
      );
      const paddings = inMemoryOrder(pairs, inputLayouts[0] ?? 'plain');
      return (inputs) => {
        const x = operand(inputs, 0);
        const shape = x.shape.map((extent, axis) => extent + sizeOfPadding(paddings[axis]));
        const strides = stridesOf(shape);
        const start = strides.reduce((at, stride, axis) => at + stride * (paddings[axis]?.[0] ?? 0), 0);
        const y = emptyLike(tf.values(x), sizeOf(shape)).fill(attributes.value);
        const source = { start: 0, strides: stridesOf(x.shape) };
        copyBox(x.shape, tf.values(x), source, y, { start, strides });
        return [tf.make(typeOf(x), shape, y)];
      };
    }) satisfies CpuKernel<'Pad'>,
  };
}

function sizeOfPadding(pair: readonly [number, number] | undefined): number {
  return (pair?.[0] ?? 0) + (pair?.[1] ?? 0);
}
