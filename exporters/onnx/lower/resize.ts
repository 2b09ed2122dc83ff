/**
 * Resizing: along each axis by itself, every element of the result a weighted sum of elements of the source. Linear and
 * cubic interpolation are products with the matrix of those weights, the nearest element is looked up.
 */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { times } from '../../../src/graph/extent.ts';
import { leastOf, mostOf } from '../../../src/extremes.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { placeArithmetic, type PlaceArithmetic } from '../otherwise.ts';
import { fromFront, integersOf, listOf, where, type Lower, type Lowerings } from './lowering.ts';

interface Method {
  readonly mode: string;
  /** How a place of the result is a place of the source. */
  readonly transform: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

interface Axis {
  readonly size: number;
  readonly wanted: number;
  readonly scale: number;
  /** Of a region, where it begins and ends as shares of the axis. */
  readonly region: readonly [number, number];
}

function place(i: number, axis: Axis, transform: string, { held, over }: PlaceArithmetic): number {
  const { size, wanted, scale, region } = axis;
  const middle = () => held(over(i + 0.5, scale) - 0.5);
  switch (transform) {
    case 'half_pixel':
      return middle();
    case 'half_pixel_symmetric': {
      const adjustment = over(wanted, exactLength(axis));
      const offset = held((size / 2) * held(1 - adjustment));
      return held(offset + middle());
    }
    case 'pytorch_half_pixel':
      return wanted > 1 ? middle() : 0;
    case 'align_corners':
      // By the length that came out, as the text has it, PyTorch and onnxruntime; ONNX's own evaluator takes that of the scale.
      return wanted === 1 ? 0 : over(i * (size - 1), wanted - 1);
    case 'tf_crop_and_resize': {
      const [start, end] = region;
      const share = held(end - start);
      const within = wanted === 1 ? share / 2 : over(held(i * share), wanted - 1);
      return held(held(start + within) * (size - 1));
    }
    case 'asymmetric':
      return over(i, scale);
    case 'tf_half_pixel_for_nn':
      return over(i + 0.5, scale);
    default:
      throw new Unreadable(`has coordinate_transformation_mode=${transform}`);
  }
}

/**
 * What is taken or left as a whole is chosen by a place of float32, as runtimes have it: exactly half an element is nowhere
 * else, (4 + 0.5) / 0.9 being 5 there and 5.0000001 in double precision.
 */
const chosen = placeArithmetic('divided');

/**
 * The length that a scale asks for, before it is rounded to whole elements. A scale is float32, and a length that is whole
 * but for that is whole.
 */
function exactLength({ size, wanted, scale }: Axis): number {
  const length = size * scale;
  return Math.abs(length - wanted) < 2 ** -20 * wanted ? wanted : length;
}

const roundings: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** How much an element counts that is `distance` from where the result is. */
function weightAt(distance: number, { mode, cubic: a }: Method): number {
  const d = Math.abs(distance);
  if (mode === 'linear') return Math.max(1 - d, 0);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

/** [size, wanted]: column i has the weights of element i of the result. */
function weights(axis: Axis, method: Method, arithmetic: PlaceArithmetic): number[] {
  const { size, wanted, scale } = axis;
  const matrix = listOf(size * wanted, () => 0);
  const stretch = method.antialias && scale < 1 ? scale : 1;
  const radius = (method.mode === 'linear' ? 1 : 2) / stretch;
  for (let i = 0; i < wanted; i++) {
    const at = place(i, axis, method.transform, arithmetic);
    const taps: [number, number][] = [];
    for (let from = Math.ceil(at - radius); from <= Math.floor(at + radius); from++) {
      const outside = from < 0 || from >= size;
      if (outside && method.excludeOutside) continue;
      taps.push([Math.min(Math.max(from, 0), size - 1), weightAt((from - at) * stretch, method)]);
    }
    const total = taps.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [from, weight] of taps)
      matrix[from * wanted + i] = (matrix[from * wanted + i] ?? 0) + weight / total;
  }
  return matrix;
}

function along(
  b: GraphBuilder,
  x: Value,
  at: number,
  axis: Axis,
  method: Method,
  arithmetic: PlaceArithmetic,
): Value {
  if (method.mode === 'nearest') {
    const round = roundings[method.nearest];
    if (round === undefined) throw new Unreadable(`has nearest_mode=${method.nearest}`);
    const indices = listOf(axis.wanted, (i) =>
      Math.min(Math.max(round(place(i, axis, method.transform, chosen)), 0), axis.size - 1),
    );
    return b.op('Gather', [x, integersOf(b, indices)], { axis: at });
  }
  const rank = x.type.shape.length;
  const perm = x.type.shape.map((_, i) => (i === at ? rank - 1 : i === rank - 1 ? at : i));
  const turned = at === rank - 1 ? x : b.op('Transpose', [x], { perm });
  const matrix = b.constant(weights(axis, method, arithmetic), [axis.size, axis.wanted]);
  const y =
    rank === 1
      ? b.op('Squeeze', [b.op('MatMul', [b.op('Unsqueeze', [turned], { axes: [0] }), matrix])], { axes: [0] })
      : b.op('MatMul', [turned, matrix]);
  return at === rank - 1 ? y : b.op('Transpose', [y], { perm });
}

/** Every element some times over, along an axis that may be open. */
function repeated(b: GraphBuilder, x: Value, at: number, count: number): Value {
  const { shape } = x.type;
  const copies = b.op('Expand', [b.op('Unsqueeze', [x], { axes: [at + 1] })], {
    shape: shape.toSpliced(at + 1, 0, count),
  });
  return b.op('Reshape', [copies], { shape: shape.with(at, times(shape[at] ?? 1, count)) });
}

/** Where the result lies outside of the source there is a value of the node's own. */
function extrapolated(b: GraphBuilder, y: Value, at: number, axis: Axis, value: number): Value {
  const outside = listOf(axis.wanted, (i) => {
    const from = place(i, axis, 'tf_crop_and_resize', chosen);
    return from < 0 || from > axis.size - 1 ? 1 : 0;
  });
  if (outside.every((flag) => flag === 0)) return y;
  const shape = y.type.shape.map((_, axisOf) => (axisOf === at ? axis.wanted : 1));
  const mask = b.op('Constant', [], { dtype: 'bool', shape, values: outside });
  return where(b, mask, b.constant(value), y);
}

function methodOf(node: NodeReader): Method {
  const old = node.op === 'Upsample' || node.opset < 11;
  return {
    mode: node.string('mode', 'nearest').replace('bilinear', 'linear'),
    transform: node.string('coordinate_transformation_mode', old ? 'asymmetric' : 'half_pixel'),
    nearest: node.string('nearest_mode', old ? 'floor' : 'round_prefer_floor'),
    cubic: node.real('cubic_coeff_a', -0.75),
    excludeOutside: node.flag('exclude_outside', 0) === 1,
    antialias: node.flag('antialias', 0) === 1,
  };
}

const resize: Lower = (node) => {
  const { b } = node;
  const x = node.float(0);
  const rank = x.type.shape.length;
  const method = methodOf(node);
  const old = node.op === 'Upsample' || node.opset < 11;
  const axes = (node.ints('axes') ?? x.type.shape.map((_, axis) => axis)).map((axis) =>
    fromFront(axis, rank),
  );
  const listed = old ? (node.floats('scales') ?? node.numbers(1, 'scales')) : node.numbers(2, 'scales');
  const given = listed?.length === 0 ? undefined : listed;
  const asked = old || given !== undefined ? undefined : node.dims(3, 'sizes');
  const extents = axes.map((axis) => x.type.shape[axis] ?? 1);
  const { scales = given, sizes = asked } = keptAspect(node, extents, asked);
  const regions = regionsOf(node, method, axes, rank);
  const extrapolation = node.real('extrapolation_value', 0);
  const resized = axes.reduce<Value>((y, at, i) => {
    const extent = y.type.shape[at] ?? 1;
    const scale = scales?.[i];
    const region = regions?.[i] ?? [0, 1];
    const whole = region[0] === 0 && region[1] === 1;
    // What ONNX's own shape inference does; its text has the share of the region in it, too.
    const wanted: Dim = sizes?.[i] ?? (scale === 1 ? extent : scaledExtent(extent, scale ?? 1));
    if (whole && wanted === extent && (scale === undefined || scale === 1)) return y;
    if (typeof extent === 'string' || typeof wanted === 'string')
      return openly(b, y, at, method, { extent, wanted, scale });
    const axis = { size: extent, wanted, scale: scale ?? wanted / extent, region };
    const made = along(b, y, at, axis, method, node.places);
    return regions === undefined ? made : extrapolated(b, made, at, axis, extrapolation);
  }, x);
  return node.as(resized, node.tensor(0).type.dtype);
};

/** The share of each axis that is resized; undefined where that is all of it. */
function regionsOf(
  node: NodeReader,
  { transform }: Method,
  axes: readonly number[],
  rank: number,
): readonly (readonly [number, number])[] | undefined {
  if (transform !== 'tf_crop_and_resize') return undefined;
  const roi = needed(node.numbers(1, 'roi'), 'roi');
  const count = roi.length === 2 * rank ? rank : axes.length;
  return axes.map((axis, i) => {
    const at = count === axes.length ? i : axis;
    return [roi[at] ?? 0, roi[at + count] ?? 1];
  });
}

/** Sizes that bound the result are one scale of all axes, and what comes of it, rounded. */
function keptAspect(
  node: NodeReader,
  extents: readonly Dim[],
  asked: readonly Dim[] | undefined,
): { readonly scales?: readonly number[]; readonly sizes?: readonly number[] } {
  const policy = node.string('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch' || asked === undefined) return {};
  if (policy !== 'not_larger' && policy !== 'not_smaller') {
    throw new Unreadable(`has keep_aspect_ratio_policy=${policy}`);
  }
  const known = extents.map((extent) => numberOf(extent, 'what it resizes'));
  const ratios = asked.map((size, i) => numberOf(size, 'its sizes') / (known[i] ?? 1));
  const scale = policy === 'not_larger' ? leastOf(ratios) : mostOf(ratios);
  return {
    scales: known.map(() => scale),
    sizes: known.map((extent) => Math.floor(scale * extent + 0.5)),
  };
}

function scaledExtent(extent: Dim, scale: number): Dim {
  if (typeof extent === 'number') return Math.floor(extent * scale);
  if (Number.isInteger(scale)) return times(extent, scale);
  throw new Unreadable(`scales the open extent ${extent} by ${scale}`);
}

/** Along an open extent: the nearest elements, a whole number of times over, where that is what the rounding means. */
function openly(
  b: GraphBuilder,
  x: Value,
  at: number,
  { mode, transform, nearest }: Method,
  {
    extent,
    wanted,
    scale,
  }: { readonly extent: Dim; readonly wanted: Dim; readonly scale: number | undefined },
): Value {
  const whole =
    (transform === 'asymmetric' && nearest === 'floor') ||
    (['half_pixel', 'pytorch_half_pixel'].includes(transform) && nearest.startsWith('round'));
  const count = [2, 3, 4, 8, 16].find((factor) => factor === scale || times(extent, factor) === wanted);
  if (mode === 'nearest' && whole && count !== undefined) return repeated(b, x, at, count);
  throw new Unreadable(`resizes the open extent ${extent} to ${wanted}`);
}

export const resizeLowerings: Lowerings = { Resize: resize, Upsample: resize };
