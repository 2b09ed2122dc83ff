/** Convolutions over lines, images and volumes: all by the one over images. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { alongAxis, type Lower, type Lowerings } from './lowering.ts';
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

/** A sum over the depth of the filter of convolutions of images, the depth being part of the batch. */
function overVolume(
  b: GraphBuilder,
  x: Value,
  filter: Value,
  bias: Value | undefined,
  window: Window,
  group: number,
): Value {
  const drop = (values: readonly number[]) => values.slice(1);
  const { kernel, strides, dilations, before, after } = window;
  const flat: Window = {
    kernel: drop(kernel),
    strides: drop(strides),
    dilations: drop(dilations),
    before: drop(before),
    after: drop(after),
  };
  const front = (values: readonly number[]) => needed(values[0], 'depth');
  const deep = padded(b, x, [0, 0, front(before), 0, 0, 0, 0, front(after), 0, 0], 0);
  const depth = numberOf(countsOf(window, x.type.shape.slice(2))[0], 'the depth');
  const [, channels = 0, , height = 0, width = 0] = x.type.shape;
  const sums = Array.from({ length: front(kernel) }, (_, k) => {
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
  const rank = kernel.length;
  if (rank > 2) throw new Unreadable(`is over ${rank} axes; 1 and 2 are supported`);
  const extra = node.ints('output_padding') ?? kernel.map(() => 0);
  const window = sized(
    node,
    windowOf(
      node,
      x.type.shape.slice(2).map(() => 1),
      kernel,
    ),
    x,
    extra,
  );
  const row = rank === 1;
  const { strides, pads, dilations } = onImage(row ? asRow(window) : window);
  const [down = 0, across = 0] = row ? [0, extra[0] ?? 0] : extra;
  const group = node.int('group', 1);
  const attributes = { strides, dilations, group, pads, output_padding: [down, across] as const };
  const negative = pads.some((pad) => pad < 0);
  if (negative) throw new Unreadable(`asks for more than its windows cover: pads [${pads.join(', ')}]`);
  const operands = row ? [unsqueezed(b, x), unsqueezed(b, filter)] : [x, filter];
  const wide = b.op('ConvTranspose', operands, attributes);
  const y = row ? squeezed(b, wide) : wide;
  return node.has(2) ? b.op('Add', [y, alongAxis(b, node.float(2), 1, rank + 2)]) : y;
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

export const convolutionLowerings: Lowerings = { Conv: conv, ConvTranspose: convTranspose };
