/** Windows that slide over an image: how big, how far apart, how padded. In any number of spatial axes. */
import { floorDivide, plus } from '../../../src/graph/extent.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { slice } from './lowering.ts';
import { padded } from './shape.ts';

export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before and after, an entry a spatial axis. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** What a node says of its window, with `auto_pad` worked out. `extents` are those of the image. */
export function windowOf(node: NodeReader, extents: readonly Dim[], kernel: readonly number[]): Window {
  const rank = kernel.length;
  const list = (name: string): readonly number[] => {
    const values = node.ints(name) ?? kernel.map(() => 1);
    if (values.length !== rank) throw new Unreadable(`has ${name} [${values.join(', ')}] for ${rank} axes`);
    return values;
  };
  const [strides, dilations] = [list('strides'), list('dilations')];
  const pads = node.ints('pads');
  const auto = node.string('auto_pad', 'NOTSET');
  const explicit = { before: (pads ?? []).slice(0, rank), after: (pads ?? []).slice(rank) };
  if (auto === 'NOTSET' || auto === '') {
    if (pads !== undefined && pads.length !== 2 * rank) {
      throw new Unreadable(`has pads [${pads.join(', ')}] for ${rank} axes`);
    }
    return pads === undefined
      ? unpadded({ kernel, strides, dilations })
      : { kernel, strides, dilations, ...explicit };
  }
  if (auto === 'VALID') return unpadded({ kernel, strides, dilations });
  const totals = kernel.map((size, axis) => {
    const [stride, reach] = [strides[axis] ?? 1, reachOf(size, dilations[axis] ?? 1)];
    if (stride === 1) return reach - 1;
    const extent = numberOf(extents[axis], `the extent of axis ${axis + 2}, to pad it by auto_pad`);
    return Math.max((Math.ceil(extent / stride) - 1) * stride + reach - extent, 0);
  });
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total) => Math.ceil(total / 2));
  const upper = auto === 'SAME_UPPER';
  return { kernel, strides, dilations, before: upper ? less : more, after: upper ? more : less };
}

function unpadded(rest: Pick<Window, 'kernel' | 'strides' | 'dilations'>): Window {
  const none = rest.kernel.map(() => 0);
  return { ...rest, before: none, after: none };
}

export function reachOf(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** How many windows fit along each axis. */
export function countsOf(window: Window, extents: readonly Dim[]): readonly Dim[] {
  return window.kernel.map((size, axis) => {
    const space = plus(extents[axis] ?? 0, (window.before[axis] ?? 0) + (window.after[axis] ?? 0));
    const reach = reachOf(size, window.dilations[axis] ?? 1);
    return plus(floorDivide(plus(space, -reach), window.strides[axis] ?? 1), 1);
  });
}

/**
 * With ceil_mode a last window may stick out at the end, as long as it begins within the image or the padding before it:
 * more padding at the end has it fit.
 */
export function roundedUp(window: Window, extents: readonly Dim[]): Window {
  const after = window.kernel.map((size, axis) => {
    const [stride, own] = [window.strides[axis] ?? 1, window.after[axis] ?? 0];
    if (stride === 1) return own;
    const extent = numberOf(extents[axis], `the extent of axis ${axis + 2}, to round it up`);
    const before = window.before[axis] ?? 0;
    const reach = reachOf(size, window.dilations[axis] ?? 1);
    const count = Math.ceil((extent + before + own - reach) / stride) + 1;
    const inside = (count - 1) * stride >= extent + before ? count - 1 : count;
    return Math.max((inside - 1) * stride + reach - extent - before, 0);
  });
  return { ...window, after };
}

/**
 * What lies under each window, joined by a function that takes any order: rows first, then columns, and so on, which takes
 * as many steps as the sides of a window are long together.
 */
export function acrossPlaces(
  b: GraphBuilder,
  x: Value,
  window: Window,
  filling: number,
  join: (a: Value, c: Value) => Value,
): Value {
  const { kernel, strides, dilations, before, after } = window;
  const counts = countsOf(window, x.type.shape.slice(2));
  const all = padded(b, x, [0, 0, ...before, 0, 0, ...after], filling);
  return kernel.reduce((value, size, axis) => {
    const [stride, dilation] = [strides[axis] ?? 1, dilations[axis] ?? 1];
    if (size === 1 && stride === 1) return value;
    if (size > 512) throw new Unreadable(`has a window of ${size} places along an axis; 512 are supported`);
    const count = numberOf(counts[axis], 'how many windows fit');
    const places = Array.from({ length: size }, (_, place) => {
      const start = place * dilation;
      return slice(b, value, axis + 2, start, start + (count - 1) * stride + 1, stride);
    });
    return places.reduce(join);
  }, all);
}

/** [top, left, bottom, right] and the like, for the ops of ours that are on images. */
export function onImage(window: Window) {
  const { kernel, strides, dilations, before, after } = window;
  const pair = (values: readonly number[]) =>
    [needed(values[0], 'height'), needed(values[1], 'width')] as const;
  const [top, left] = pair(before);
  const [bottom, right] = pair(after);
  return {
    kernel_shape: pair(kernel),
    strides: pair(strides),
    dilations: pair(dilations),
    pads: [top, left, bottom, right] as const,
  };
}

/** The window of a line, as that of an image of one row. */
export function asRow(window: Window): Window {
  return {
    kernel: [1, ...window.kernel],
    strides: [1, ...window.strides],
    dilations: [1, ...window.dilations],
    before: [0, ...window.before],
    after: [0, ...window.after],
  };
}

export function unsqueezed(b: GraphBuilder, x: Value): Value {
  return b.op('Unsqueeze', [x], { axes: [2] });
}

export function squeezed(b: GraphBuilder, x: Value): Value {
  return b.op('Squeeze', [x], { axes: [2] });
}
