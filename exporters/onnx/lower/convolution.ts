/** Convolutions over lines, images and volumes: all by the one over images. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { alongAxis, listOf, type Lower, type Lowerings } from './lowering.ts';
import { padded } from './shape.ts';
import { asRow, countsOf, onImage, reachOf, squeezed, unsqueezed, windowOf, type Window } from './window.ts';

function kernelOf(node: NodeReader, filter: Value): readonly number[] {
  const own = filter.type.shape.slice(2).map((dim) => numberOf(dim, 'the filter'));
  const said = node.ints('kernel_shape');
  if (said !== undefined && said.join() !== own.join()) {
    throw new Unreadable(`has kernel_shape [${said.join(', ')}] and a filter of [${own.join(', ')}]`);
  }
  return own;
}

const conv: Lower = (node) => {
  const [x, filter] = [node.float(0), node.float(1)];
  const bias = node.has(2) ? node.float(2) : undefined;
  const window = windowOf(node, x.type.shape.slice(2), kernelOf(node, filter));
  return convolved(node.b, x, filter, bias, window, node.int('group', 1));
};

export function convolved(
  b: GraphBuilder,
  x: Value,
  filter: Value,
  bias: Value | undefined,
  window: Window,
  group: number,
): Value {
  const rest = bias === undefined ? [] : [bias];
  switch (window.kernel.length) {
    case 1: {
      const { strides, pads, dilations } = onImage(asRow(window));
      const operands = [unsqueezed(b, x), unsqueezed(b, filter), ...rest];
      return squeezed(b, b.op('Conv', operands, { strides, pads, dilations, group }));
    }
    case 2: {
      const { strides, pads, dilations } = onImage(window);
      return b.op('Conv', [x, filter, ...rest], { strides, pads, dilations, group });
    }
    case 3:
      return overVolume(b, x, filter, bias, window, group);
    default:
      throw new Unreadable(`is over ${window.kernel.length} axes; 1 to 3 are supported`);
  }
}

const front = (values: readonly number[]): number => needed(values[0], 'depth');

/** The window of an image, of one of a volume. */
function withoutDepth({ kernel, strides, dilations, before, after }: Window): Window {
  return {
    kernel: kernel.slice(1),
    strides: strides.slice(1),
    dilations: dilations.slice(1),
    before: before.slice(1),
    after: after.slice(1),
  };
}

/** How deep a filter is, each layer of which is a convolution of its own. */
function deepOf(kernel: readonly number[]): number {
  const depth = front(kernel);
  if (depth > 512) throw new Unreadable(`has a filter of ${depth} layers; 512 are supported`);
  return depth;
}

/** A sum over the depth of the filter of convolutions of images, the depth being part of the batch. */
function overVolume(
  b: GraphBuilder,
  x: Value,
  filter: Value,
  bias: Value | undefined,
  window: Window,
  group: number,
): Value {
  const { kernel, strides, dilations, before, after } = window;
  const flat = withoutDepth(window);
  const deep = padded(b, x, [0, 0, front(before), 0, 0, 0, 0, front(after), 0, 0], 0);
  const depth = numberOf(countsOf(window, x.type.shape.slice(2))[0], 'the depth');
  const [, channels = 0, , height = 0, width = 0] = x.type.shape;
  const sums = listOf(deepOf(kernel), (k) => {
    const start = k * front(dilations);
    const layers = b.op('Slice', [deep], {
      starts: [start],
      ends: [start + (depth - 1) * front(strides) + 1],
      axes: [2],
      steps: [front(strides)],
    });
    const images = b.op('Reshape', [b.op('Transpose', [layers], { perm: [0, 2, 1, 3, 4] })], {
      shape: [-1, channels, height, width],
    });
    const plane = b.op('Slice', [filter], { starts: [k], ends: [k + 1], axes: [2], steps: [1] });
    return convolved(b, images, squeezed(b, plane), k === 0 ? bias : undefined, flat, group);
  });
  const sum = sums.length === 1 ? needed(sums[0], 'filter') : b.op('Sum', sums);
  const [, outputs = 0, oh = 0, ow = 0] = sum.type.shape;
  const apart = b.op('Reshape', [sum], { shape: [-1, depth, outputs, oh, ow] });
  return b.op('Transpose', [apart], { perm: [0, 2, 1, 3, 4] });
}

const convTranspose: Lower = (node) => {
  const { b } = node;
  const [x, filter] = [node.float(0), node.float(1)];
  const kernel = kernelOf(node, filter);
  const extra = node.ints('output_padding') ?? kernel.map(() => 0);
  const ones = kernel.map(() => 1);
  const window = sized(node, windowOf(node, ones, kernel), x, extra);
  const y = transposed(b, x, filter, window, extra, node.int('group', 1));
  return node.has(2) ? b.op('Add', [y, alongAxis(b, node.float(2), 1, kernel.length + 2)]) : y;
};

/** @param extra how much longer the result is at the end of each axis than its windows, less the pads, say */
export function transposed(
  b: GraphBuilder,
  x: Value,
  filter: Value,
  window: Window,
  extra: readonly number[],
  group: number,
): Value {
  switch (window.kernel.length) {
    case 1: {
      const operands = [unsqueezed(b, x), unsqueezed(b, filter)] as const;
      return squeezed(b, transposedImage(b, ...operands, asRow(window), [0, ...extra], group));
    }
    case 2:
      return transposedImage(b, x, filter, window, extra, group);
    case 3:
      return transposedVolume(b, x, filter, window, extra, group);
    default:
      throw new Unreadable(`is over ${window.kernel.length} axes; 1 to 3 are supported`);
  }
}

/** Pads that are negative ask for more than the windows cover: there is nothing but the bias. */
function transposedImage(
  b: GraphBuilder,
  x: Value,
  filter: Value,
  window: Window,
  extra: readonly number[],
  group: number,
): Value {
  const cut = (pads: readonly number[]) => pads.map((pad) => Math.max(pad, 0));
  const more = (pads: readonly number[]) => pads.map((pad) => Math.max(-pad, 0));
  const { before, after } = window;
  const { strides, dilations, pads } = onImage({ ...window, before: cut(before), after: cut(after) });
  const [down = 0, across = 0] = extra;
  const output_padding = [down, across] as const;
  const y = b.op('ConvTranspose', [x, filter], { strides, dilations, group, pads, output_padding });
  const wider = [0, 0, ...more(before), 0, 0, ...more(after)];
  return wider.some((pad) => pad > 0) ? padded(b, y, wider, 0) : y;
}

/**
 * A sum over the depth of the filter, as with `overVolume`: each plane of the filter makes an image of each layer, and
 * these lie a stride apart in the result.
 */
function transposedVolume(
  b: GraphBuilder,
  x: Value,
  filter: Value,
  window: Window,
  extra: readonly number[],
  group: number,
): Value {
  const { kernel, strides, dilations, before, after } = window;
  const flat = withoutDepth(window);
  const [, channels = 0, deep, height = 0, width = 0] = x.type.shape;
  const depth = numberOf(deep, 'the depth');
  const [stride, dilation] = [front(strides), front(dilations)];
  const full = (depth - 1) * stride + reachOf(front(kernel), dilation);
  const images = b.op('Reshape', [b.op('Transpose', [x], { perm: [0, 2, 1, 3, 4] })], {
    shape: [-1, channels, height, width],
  });
  const sums = listOf(deepOf(kernel), (k) => {
    const plane = b.op('Slice', [filter], { starts: [k], ends: [k + 1], axes: [2], steps: [1] });
    const made = transposedImage(b, images, squeezed(b, plane), flat, extra.slice(1), group);
    const [, outputs = 0, oh = 0, ow = 0] = made.type.shape;
    const apart = b.op('Reshape', [made], { shape: [-1, depth, 1, outputs, oh, ow] });
    const spaced = padded(b, apart, [0, 0, 0, 0, 0, 0, 0, 0, stride - 1, 0, 0, 0], 0);
    const layers = b.op('Reshape', [spaced], { shape: [-1, depth * stride, outputs, oh, ow] });
    const start = k * dilation;
    const placed = padded(b, layers, [0, start, 0, 0, 0, 0, full - start - depth * stride, 0, 0, 0], 0);
    return b.op('Transpose', [placed], { perm: [0, 2, 1, 3, 4] });
  });
  const sum = sums.length === 1 ? needed(sums[0], 'filter') : b.op('Sum', sums);
  return padded(b, sum, [0, 0, -front(before), 0, 0, 0, 0, (extra[0] ?? 0) - front(after), 0, 0], 0);
}

/** Columns, each of which is what lies under a window, added up where the windows are: [N, C·places, windows] → [N, C, …]. */
const columnsToImage: Lower = (node) => {
  const { b } = node;
  const x = node.float(0);
  const image = needed(node.numbers(1, 'image_shape'), 'image_shape');
  const block = needed(node.numbers(2, 'block_shape'), 'block_shape');
  const window = windowOf(node, image, block);
  const places = block.reduce((a, c) => a * c, 1);
  if (places > 512) throw new Unreadable(`has a window of ${places} places; 512 are supported`);
  const channels = numberOf(x.type.shape[1], 'the channels') / places;
  const counts = countsOf(window, image).map((count) => numberOf(count, 'how many windows fit'));
  const columns = b.op('Reshape', [x], { shape: [0, channels * places, ...counts] });
  // A filter for each place of the window, that puts its number there.
  const eye = Array.from({ length: places ** 2 }, (_, i) => (i % (places + 1) === 0 ? 1 : 0));
  const one = b.constant(eye, [1, places, 1, ...block]);
  const all = b.op('Expand', [one], { shape: [channels, places, 1, ...block] });
  const filter = b.op('Reshape', [all], { shape: [channels * places, 1, ...block] });
  const extra = image.map((extent, axis) => {
    const reach = reachOf(block[axis] ?? 1, window.dilations[axis] ?? 1);
    const covered = ((counts[axis] ?? 1) - 1) * (window.strides[axis] ?? 1) + reach;
    return extent + (window.before[axis] ?? 0) + (window.after[axis] ?? 0) - covered;
  });
  return node.as(transposed(b, columns, filter, window, extra, channels), node.tensor(0).type.dtype);
};

/** The window with pads that give the size that the node asks for, by `output_shape` or `auto_pad`. */
function sized(node: NodeReader, window: Window, x: Value, extra: readonly number[]): Window {
  const asked = node.ints('output_shape');
  const auto = node.string('auto_pad', 'NOTSET');
  const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
  if (asked === undefined && !same) return window;
  const totals = window.kernel.map((size, axis) => {
    const extent = numberOf(x.type.shape[axis + 2], 'the extents of the image');
    const stride = window.strides[axis] ?? 1;
    const wanted = asked?.slice(-window.kernel.length)[axis] ?? extent * stride;
    const full = stride * (extent - 1) + (extra[axis] ?? 0) + reachOf(size, window.dilations[axis] ?? 1);
    return full - wanted;
  });
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total) => Math.ceil(total / 2));
  return auto === 'SAME_UPPER'
    ? { ...window, before: less, after: more }
    : { ...window, before: more, after: less };
}

export const convolutionLowerings: Lowerings = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Col2Im: columnsToImage,
};
