/** Moving elements about, and indexing, in TensorFlow. Axes are memory axes here; `layout.ts` translates. */
import { internal } from '../../../errors.ts';
import { sizeOf, stridesOf } from '../../../graph/tensor.ts';
import { axisOf } from '../../../graph/infer/rule.ts';
import { sliceRange } from '../../../graph/infer/shape.ts';
import type { Value } from '../../../graph/types.ts';
import { inMemoryOrder, memoryAxis, type Layout } from '../layout.ts';
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';
import { repeated, stretches } from './stretch.ts';

export function shapeKernels(tf: TensorFlowOps) {
  /** The shape that the graph says the first output has; the batch, if open, is the one extent left to infer. */
  const asInferred: TensorFlowKernel<'Reshape' | 'Flatten' | 'Squeeze' | 'Unsqueeze'> = ({ node }) => {
    const shape = (node.outputs[0]?.type.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1));
    return (inputs) => [tf.reshape(inputs[0] as TensorHandle, shape)];
  };

  /** Whether an op of ours does it: along the channels of images, which lie side by side in memory. */
  const ofChannels = (axis: number, layout: Layout | undefined, image: Value | undefined): boolean =>
    tf.native &&
    layout === 'NHWC' &&
    image?.type.dtype === 'float32' &&
    image.type.shape.length === 4 &&
    axisOf(axis, 4) === 1;

  /** Positions in the flattened tensor of (indices along `axis`, everything else in place). */
  const flatPositions = (indices: TensorHandle, shape: readonly number[], axis: number): TensorHandle => {
    const strides = stridesOf(shape);
    const along = axisOf(axis, shape.length);
    const base: number[] = [];
    const extents = indices.shape;
    const own = stridesOf(extents);
    for (let i = 0; i < sizeOf(extents); i++) {
      let position = 0;
      extents.forEach((extent, a) => {
        if (a !== along) position += (Math.floor(i / (own[a] ?? 1)) % extent) * (strides[a] ?? 1);
      });
      base.push(position);
    }
    const start = tf.upload('int64', extents, Int32Array.from(base));
    const size = tf.ints([shape[along] ?? 1], []);
    const wrapped = tf.call('FloorMod', [], [indices, size]);
    const scaled = tf.call('Mul', [], [wrapped, tf.ints([strides[along] ?? 1], [])]);
    return tf.reshape(tf.call('AddV2', [], [scaled, start]), [-1]);
  };

  /** Indices with those from the back counted from the front; what is out of range stays so. */
  const fromFront = (indices: TensorHandle, extent: TensorHandle): TensorHandle => {
    const negative = tf.call('Less', [], [indices, tf.ints([0], [])]);
    return tf.call('SelectV2', [], [negative, tf.call('AddV2', [], [indices, extent]), indices]);
  };

  return {
    Constant: (() => {
      throw internal('constants are put on the device by the executor');
    }) as TensorFlowKernel<'Constant'>,
    Reshape: asInferred as TensorFlowKernel<'Reshape'>,
    Flatten: asInferred as TensorFlowKernel<'Flatten'>,
    Squeeze: asInferred as TensorFlowKernel<'Squeeze'>,
    Unsqueeze: asInferred as TensorFlowKernel<'Unsqueeze'>,
    Transpose: (({ attributes }) => {
      const perm = tf.ints(attributes.perm);
      return (inputs) => [tf.call('Transpose', [], [...inputs, perm])];
    }) satisfies TensorFlowKernel<'Transpose'>,
    Expand: (({ node, outputLayouts }) => {
      const shape = node.outputs[0]?.type.shape ?? [];
      const known = shape.map((dim) => {
        if (typeof dim !== 'number') throw internal('Expand to an open batch');
        return dim;
      });
      const whole = inMemoryOrder(known, outputLayouts[0] ?? 'plain');
      const target = tf.ints(whole);
      return (inputs) => {
        const [x] = inputs as [TensorHandle];
        return [
          stretches([x.shape], whole) ? tf.call('BroadcastTo', [], [x, target]) : repeated(tf, x, whole),
        ];
      };
    }) satisfies TensorFlowKernel<'Expand'>,
    Concat: (({ node, attributes, outputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axis = tf.ints([memoryAxis(attributes.axis, outputLayouts[0] ?? 'plain', rank)], []);
      if (node.inputs.length === 1) return (inputs) => [tf.call('Identity', [], inputs)];
      const dtype = node.inputs[0]?.type.dtype ?? 'float32';
      if (ofChannels(attributes.axis, outputLayouts[0], node.inputs[0])) {
        const count = [tf.int('count', node.inputs.length)];
        return (inputs) => [tf.call('NascentConcat', count, inputs)];
      }
      const count = [tf.int('N', node.inputs.length), tf.type('T', dtype)];
      return (inputs) => [tf.call('ConcatV2', count, [...inputs, axis])];
    }) satisfies TensorFlowKernel<'Concat'>,
    Split: (({ node, attributes, inputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axis = tf.ints([memoryAxis(attributes.axis, inputLayouts[0] ?? 'plain', rank)], []);
      const sizes = tf.ints(attributes.split);
      const parts = attributes.split.length;
      if (ofChannels(attributes.axis, inputLayouts[0], node.inputs[0])) {
        const options = [tf.int('count', parts), tf.int('sizes', attributes.split)];
        return (inputs) => tf.calls('NascentSplit', options, inputs, parts);
      }
      const count = [tf.int('num_split', parts)];
      return (inputs) => tf.calls('SplitV', count, [...inputs, sizes, axis], parts);
    }) satisfies TensorFlowKernel<'Split'>,
    Slice: (({ node, attributes, inputLayouts }) => {
      const shape = node.inputs[0]?.type.shape ?? [];
      const rank = shape.length;
      const layout = inputLayouts[0] ?? 'plain';
      const begin = Array.from({ length: rank }, () => 0);
      const end = Array.from({ length: rank }, () => 0);
      const stride = Array.from({ length: rank }, () => 1);
      const sliced = new Set<number>();
      let endMask = 0;
      attributes.axes.forEach((axis, i) => {
        const size = shape[axisOf(axis, rank)];
        if (typeof size !== 'number') throw internal('a slice of an open batch');
        const step = attributes.steps[i] ?? 1;
        const last = Number(attributes.ends[i] ?? 0);
        const { start, count } = sliceRange(size, attributes.starts[i] ?? 0, last, step);
        const at = memoryAxis(axis, layout, rank);
        const stop = start + count * step;
        sliced.add(at);
        begin[at] = start;
        stride[at] = step;
        // Walking backwards past the front cannot be written as an index; the mask says "to the end".
        if (stop < 0) endMask |= 1 << at;
        else end[at] = stop;
      });
      for (let axis = 0; axis < rank; axis++) if (!sliced.has(axis)) endMask |= 1 << axis;
      const masks = [
        tf.int('begin_mask', 0),
        tf.int('end_mask', endMask),
        tf.int('ellipsis_mask', 0),
        tf.int('new_axis_mask', 0),
        tf.int('shrink_axis_mask', 0),
      ];
      const operands = [tf.ints(begin), tf.ints(end), tf.ints(stride)];
      const sample = layout === 'NHWC' ? pixelSample(tf, begin, stride) : undefined;
      return (inputs) => {
        const [x] = inputs as [TensorHandle];
        return [sample?.(x, endMask, end) ?? tf.call('StridedSlice', masks, [x, ...operands])];
      };
    }) satisfies TensorFlowKernel<'Slice'>,
    Pad: (({ node, attributes, inputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const pairs = Array.from({ length: rank }, (_, axis) => [
        attributes.pads[axis] ?? 0,
        attributes.pads[axis + rank] ?? 0,
      ]);
      const paddings = tf.ints(inMemoryOrder(pairs, inputLayouts[0] ?? 'plain').flat(), [rank, 2]);
      const value = tf.floats([attributes.value]);
      return (inputs) => [tf.call('PadV2', [], [...inputs, paddings, value])];
    }) satisfies TensorFlowKernel<'Pad'>,
    Gather: (({ attributes }) => {
      const axis = tf.ints([attributes.axis], []);
      const batch = [tf.int('batch_dims', 0)];
      return (inputs) => {
        const [x, indices] = inputs as [TensorHandle, TensorHandle];
        // TensorFlow knows no index from the back: some of its kernels refuse it, others give zeros.
        const extent = tf.ints([x.shape[axisOf(attributes.axis, x.shape.length)] ?? 1], []);
        return [tf.call('GatherV2', batch, [x, fromFront(indices, extent), axis])];
      };
    }) satisfies TensorFlowKernel<'Gather'>,
    GatherElements: (({ attributes }) =>
      (inputs) => {
        const [x, indices] = inputs as [TensorHandle, TensorHandle];
        const positions = flatPositions(indices, x.shape, attributes.axis);
        const picked = tf.call('GatherV2', [], [tf.reshape(x, [-1]), positions, tf.ints([0], [])]);
        return [tf.reshape(picked, indices.shape)];
      }) satisfies TensorFlowKernel<'GatherElements'>,
    ScatterElements: (({ attributes }) =>
      (inputs) => {
        const [x, indices, updates] = inputs as [TensorHandle, TensorHandle, TensorHandle];
        const positions = tf.reshape(flatPositions(indices, x.shape, attributes.axis), [-1, 1]);
        const op = attributes.reduction === 'add' ? 'TensorScatterAdd' : 'TensorScatterUpdate';
        const flat = tf.call(op, [], [tf.reshape(x, [-1]), positions, tf.reshape(updates, [-1])]);
        return [tf.reshape(flat, x.shape)];
      }) satisfies TensorFlowKernel<'ScatterElements'>,
    OneHot: (({ attributes }) => {
      const operands = [tf.ints([attributes.depth], []), tf.floats([1]), tf.floats([0])];
      const axis = [tf.int('axis', -1)];
      const extent = tf.ints([attributes.depth], []);
      return (inputs) => [
        tf.call('OneHot', axis, [fromFront(inputs[0] as TensorHandle, extent), ...operands]),
      ];
    }) satisfies TensorFlowKernel<'OneHot'>,
  };
}

/**
 * Every s-th pixel of an image [N, H, W, C], as one of s·s parts of [N, H/s, s, W/s, s·C]: a copy of rows of memory, of
 * which TensorFlow's strided slice makes a walk, element by element. Undefined where the image does not divide.
 */
function pixelSample(tf: TensorFlowOps, begin: readonly number[], stride: readonly number[]) {
  const [, top = 0, left = 0] = begin;
  const [, down = 1, right = 1] = stride;
  if (begin[0] !== 0 || begin[3] !== 0 || stride[0] !== 1 || stride[3] !== 1) return undefined;
  if (down < 1 || right < 1 || down * right === 1 || top >= down || left >= right) return undefined;
  return (x: TensorHandle, endMask: number, end: readonly number[]): TensorHandle | undefined => {
    const [N = 1, H = 1, W = 1, C = 1] = x.shape;
    const whole = (axis: number, extent: number, from: number, step: number) =>
      extent % step === 0 && ((endMask >> axis) % 2 === 1 || (end[axis] ?? 0) > extent - step + from);
    if (!whole(1, H, top, down) || !whole(2, W, left, right)) return undefined;
    if ((endMask & 9) !== 9) return undefined;
    const [rows, columns] = [H / down, W / right];
    const apart = tf.reshape(x, [N, rows, down, columns, right * C]);
    const part = [tf.ints([0, 0, top, 0, left * C]), tf.ints([N, rows, 1, columns, C])];
    return tf.reshape(tf.call('Slice', [], [apart, ...part]), [N, rows, columns, C]);
  };
}
