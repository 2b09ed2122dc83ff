/** RoiAlign: the same number of places read in each region of an image, as detectors do behind their proposals. */
import { leastOf } from '../../../src/extremes.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import {
  clamped,
  floorOf,
  integersOf,
  listOf,
  scalarLike,
  slice,
  where,
  type Lower,
  type Lowerings,
} from './lowering.ts';

/** An element along an axis: where it is, as int64, and how much it counts. */
interface Tap {
  readonly at: Value;
  readonly weight: Value;
}

/** (x [N, C, H, W], rois [R, 4], batch_indices [R]) → [R, C, output_height, output_width] */
const roiAlign: Lower = (node) => {
  const { b } = node;
  const mode = node.string('mode', 'avg');
  if (mode !== 'avg' && mode !== 'max') throw new Unreadable(`has mode=${mode}`);
  const counts = [node.int('output_height', 1), node.int('output_width', 1)] as const;
  const pool: Pool = { x: node.float(0), counts, mode, region: regionOf(node) };
  const [rois, batch] = [node.float(1), node.tensor(2)];
  const samples = node.int('sampling_ratio', 0);
  const dtype = node.tensor(0).type.dtype;
  if (samples !== 0) return node.as(pooled(b, pool, rois, batch, [samples, samples]), dtype);
  // As many as a region is large: those of one size together.
  const groups = new Map<
    string,
    { readonly samples: readonly [number, number]; readonly places: number[] }
  >();
  for (const [place, each] of samplesOf(node, pool).entries()) {
    const key = each.join(' ');
    const group = groups.get(key) ?? { samples: each, places: [] };
    group.places.push(place);
    groups.set(key, group);
  }
  const parts = [...groups.values()].map(({ samples: own, places: at }) => {
    const of = (value: Value) => b.op('Gather', [value, integersOf(b, at)], { axis: 0 });
    if (leastOf(own) > 0) return pooled(b, pool, of(rois), of(batch), own);
    // The mean of nothing is 0.
    const shape = [at.length, pool.x.type.shape[1] ?? 0, ...counts];
    return b.op('Expand', [b.constant(0)], { shape });
  });
  if (parts.length === 0) return node.as(pooled(b, pool, rois, batch, [1, 1]), dtype);
  const order = [...groups.values()].flatMap(({ places: at }) => at);
  const back = order.map((_, place) => order.indexOf(place));
  const together = b.op('Concat', parts, { axis: 0 });
  return node.as(b.op('Gather', [together, integersOf(b, back)], { axis: 0 }), dtype);
};

interface Pool {
  readonly x: Value;
  /** How many results a region has, down and across. */
  readonly counts: readonly [number, number];
  readonly mode: 'avg' | 'max';
  readonly region: Region;
}

/** How many places of each region are read for each result, down and across, where that goes by its size. */
function samplesOf(node: NodeReader, { counts, region }: Pool): readonly (readonly [number, number])[] {
  const why =
    'reads as many places of a region as it is large (sampling_ratio=0), not a number that is known';
  const { data, shape } = needed(node.known(1, 'rois', why), 'rois');
  const float = Math.fround;
  const of = (from: number, to: number, count: number) => {
    const length = float(float(to * float(region.scale)) - float(from * float(region.scale)));
    return Math.max(0, Math.ceil(float((region.halfPixel ? length : Math.max(length, 1)) / count)));
  };
  return listOf(shape[0] ?? 0, (i) => {
    const [left = 0, top = 0, right = 0, bottom = 0] = data.slice(4 * i, 4 * i + 4).map(Number);
    return [of(top, bottom, counts[0]), of(left, right, counts[1])] as const;
  });
}

/** @param samples places that are read for each result, down and across */
function pooled(
  b: GraphBuilder,
  { x, counts, mode, region }: Pool,
  rois: Value,
  batch: Value,
  samples: readonly [number, number],
): Value {
  const [, channels = 0, height, width] = x.type.shape;
  const sizes = [height, width].map((dim) => numberOf(dim, 'the size of the image'));
  const [rows = 0, columns = 0] = sizes;
  const [tall, wide] = counts;
  const along = (axis: 0 | 1): readonly Tap[] => {
    // A region is [left, top, right, bottom].
    const [from, to] = [slice(b, rois, 1, 1 - axis, 2 - axis), slice(b, rois, 1, 3 - axis, 4 - axis)];
    return tapsOf(b, places(b, region, from, to, counts[axis], samples[axis]), sizes[axis] ?? 0);
  };
  // One row for each element of the images.
  const flat = b.op('Reshape', [b.op('Transpose', [x], { perm: [0, 2, 3, 1] })], { shape: [-1, channels] });
  const column = (value: Value) => b.op('Unsqueeze', [value], { axes: [2] });
  const row = (value: Value) => b.op('Unsqueeze', [value], { axes: [1] });
  const first = b.op('Mul', [
    b.op('Reshape', [batch], { shape: [-1, 1] }),
    scalarLike(b, batch, rows * columns),
  ]);
  const acrossTaps = along(1);
  const terms = along(0).flatMap((down) => {
    const start = b.op('Add', [b.op('Mul', [down.at, scalarLike(b, batch, columns)]), first]);
    return acrossTaps.map((across) => {
      const at = b.op('Add', [column(start), row(across.at)]);
      const weight = b.op('Mul', [column(down.weight), row(across.weight)]);
      return b.op('Mul', [
        b.op('Gather', [flat, at], { axis: 0 }),
        b.op('Unsqueeze', [weight], { axes: [3] }),
      ]);
    });
  });
  // The largest is taken of the four terms, too.
  const read = terms.reduce((sum, term) => b.op(mode === 'avg' ? 'Add' : 'Max', [sum, term]));
  const apart = b.op('Reshape', [read], { shape: [-1, tall, samples[0], wide, samples[1], channels] });
  const each = b.op(mode === 'avg' ? 'ReduceMean' : 'ReduceMax', [apart], { axes: [2, 4], keepdims: 0 });
  return b.op('Transpose', [each], { perm: [0, 3, 1, 2] });
}

interface Region {
  readonly scale: number;
  /** Whether the middle of the first element is at ½. */
  readonly halfPixel: boolean;
}

function regionOf(node: NodeReader): Region {
  const by =
    node.opset < 16 ? 'output_half_pixel' : node.string('coordinate_transformation_mode', 'half_pixel');
  if (by !== 'half_pixel' && by !== 'output_half_pixel') {
    throw new Unreadable(`has coordinate_transformation_mode=${by}`);
  }
  return { scale: node.real('spatial_scale', 1), halfPixel: by === 'half_pixel' };
}

/** Where regions [R, 1] are read along an axis: [R, count · samples]. */
function places(
  b: GraphBuilder,
  { scale, halfPixel }: Region,
  from: Value,
  to: Value,
  count: number,
  samples: number,
): Value {
  const scaled = (value: Value) => {
    const wide = b.op('Mul', [value, b.constant(scale)]);
    return halfPixel ? b.op('Sub', [wide, b.constant(0.5)]) : wide;
  };
  const start = scaled(from);
  const length = b.op('Sub', [scaled(to), start]);
  // Without half pixels a region has one element at least.
  const size = halfPixel ? length : b.op('Max', [length, b.constant(1)]);
  const steps = listOf(count * samples, (i) => (i + 0.5) / (samples * count));
  return b.op('Add', [start, b.op('Mul', [size, b.constant(steps, [1, steps.length])])]);
}

/**
 * The two elements that each place lies between. Farther than one element beyond the image there is nothing; nearer, what
 * is at its border.
 */
function tapsOf(b: GraphBuilder, place: Value, size: number): readonly Tap[] {
  const kept = clamped(b, place, 0, size - 1);
  const low = floorOf(b, kept);
  const high = b.op('Min', [b.op('Add', [low, b.constant(1)]), b.constant(size - 1)]);
  const part = b.op('Sub', [kept, low]);
  const near = b.op('Equal', [place, clamped(b, place, -1, size)]);
  const tap = (at: Value, weight: Value): Tap => ({
    at: b.op('Cast', [at], { to: 'int64' }),
    weight: where(b, near, weight, b.constant(0)),
  });
  return [tap(low, b.op('Sub', [b.constant(1), part])), tap(high, part)];
}

export const regionLowerings: Lowerings = { RoiAlign: roiAlign };
