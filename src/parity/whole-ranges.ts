/**
 * Which whole numbers an input is fed. What they are for is told by what reads them: rows of a table are looked up, a length is no
 * longer than what it is of, a mask is 0 or 1, and what is only computed with may be any number, as small ones and
 * negative ones tell more than 0 and 1. What something is compared with is among them, as is what is beside that.
 */
import type { OnnxModel, OnnxNumericType } from '../../proto/onnx.ts';
import type { Random } from '../random.ts';
import { isLimited, type Demand } from './whole/demand.ts';
import { common, united, type Interval, type Intervals } from './whole/intervals.ts';
import { shapesOf, type Fed, type Shapes } from './whole/shapes.ts';
import { demandsOn } from './whole/walk.ts';

export interface WholeRange {
  readonly from: number;
  readonly below: number;
  /** Not where something is divided by it. */
  readonly hasZero: boolean;
  /** The least and the largest that it is fed, where that goes further. */
  readonly extremes: Interval;
  /** Where something that reads them begins to do something else: some of them are from here. */
  readonly points: Intervals;
  /** Whether they may say what is so and what is not, though nothing tells: now and then they are 0 and 1. */
  readonly mayBeBits: boolean;
  /** The same of each place along the last axis, where these differ. */
  readonly columns?: readonly WholeRange[] | undefined;
  /** The node for which they are 0 and 1 alone, as it is not known what it takes. */
  readonly unknown?: string | undefined;
}

/** What counts from 0: levels of a pixel, what is so or not. */
export function countedTo(below: number, unknown?: string): WholeRange {
  const extremes = [0, below - 1] as const;
  return { from: 0, below, hasZero: true, extremes, points: [], mayBeBits: false, unknown };
}

/** What is usual of numbers that are computed with, within their type. */
const usualSize = 100;
/** What a large one is of types that go further: its square is within 32 bits. */
const largeSize = 2 ** 15;
/** Ids are kept in 32 bits. */
const largestId = 2 ** 31 - 1;

/** What each type of up to 16 bits holds, and what is fed of those that go further without a sign. */
const typeRanges: Readonly<Partial<Record<OnnxNumericType, Interval>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  uint32: [0, largeSize],
  uint64: [0, largeSize],
};

/** What two readers of one input both take; what the one does not know of, the other may. */
export function inBoth(one: WholeRange, other: WholeRange): WholeRange {
  if (one.unknown !== undefined) return other;
  if (other.unknown !== undefined) return one;
  const [from, below] = [Math.max(one.from, other.from), Math.min(one.below, other.below)];
  const extremes = [
    Math.max(one.extremes[0], other.extremes[0]),
    Math.min(one.extremes[1], other.extremes[1]),
  ] as const;
  return {
    from,
    below,
    hasZero: one.hasZero && other.hasZero,
    extremes,
    points: common(united(one.points, other.points), [extremes]),
    mayBeBits: one.mayBeBits && other.mayBeBits,
    columns: one.columns?.flatMap((column, i) => inBoth(column, other.columns?.[i] ?? other)),
  };
}

/** Which whole numbers each input is fed where inputs are of these shapes. */
export type WholeRanges = (shapes: Shapes) => (input: string) => WholeRange;

export function wholeRanges(model: OnnxModel, fed: readonly Fed[]): WholeRanges {
  const shapesIn = shapesOf(model, fed);
  const known = new Map<string, (input: string) => WholeRange>();
  return (shapes) => {
    const key = JSON.stringify([...shapes]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const { of } = demandsOn(model, { shapeOf: shapesIn(shapes), fedHull: hullsOf(fed) });
    const ranges = new Map(fed.map((input) => [input.name, rangeOf(input, of(input.name))]));
    const rangeIn = (input: string) => ranges.get(input) ?? countedTo(2);
    known.set(key, rangeIn);
    return rangeIn;
  };
}

/** Whether a model looks something up beyond the end of a table where inputs are of these shapes, whatever they hold. */
export function isBeyond(model: OnnxModel, fed: readonly Fed[], shapes: Shapes): boolean {
  const shapeOf = shapesOf(model, fed)(shapes);
  return demandsOn(model, { shapeOf, fedHull: () => undefined }).isBeyond;
}

/** What is so or not is 0 or 1 before any reader is asked. */
function hullsOf(fed: readonly Fed[]): (name: string) => Interval | undefined {
  const bits = new Set(
    fed.filter((input) => input.dtype === 'bool' || isCalledMask(input)).map(({ name }) => name),
  );
  return (name) => (bits.has(name) ? [0, 1] : undefined);
}

function isCalledMask({ name }: Fed): boolean {
  return /mask/i.test(name);
}

function rangeOf(input: Fed, demand: Demand): WholeRange {
  const { columns, ...rest } = demand;
  const range = rangeOfAll(input, rest);
  if (columns === undefined || columns.length !== input.shape.at(-1) || range.unknown !== undefined)
    return range;
  return { ...range, columns: columns.map((taken) => rangeOfAll(input, { ...rest, taken })) };
}

function rangeOfAll(input: Fed, demand: Demand): WholeRange {
  const { dtype, shape } = input;
  if (dtype === 'bool') return countedTo(2);
  const ofType = typeRanges[dtype];
  const isBits = demand.isMask || isCalledMask(input);
  if (!isLimited(demand)) {
    // Bytes in three dimensions and more are pixels.
    if (dtype === 'uint8' && shape.length >= 3) return { ...countedTo(256), points: demand.wanted };
    if (isBits) return countedTo(2);
    if (demand.unknown !== undefined) return countedTo(2, demand.unknown);
    return computedWith(demand, ofType ?? [-largeSize, largeSize]);
  }
  const taken = common(demand.taken, [isBits ? [0, 1] : (ofType ?? [-Infinity, largestId])]);
  // Who reads it otherwise is given none below 0, which most take for something else.
  const fed = demand.unknown === undefined ? taken : common(taken, [[0, Infinity]]);
  const [main, ...others] = fed.map(finite).toSorted((a, b) => b[1] - b[0] - (a[1] - a[0]));
  if (main === undefined)
    return countedTo(2, demand.unknown ?? 'what reads it takes no number that all take');
  const points = united(common(demand.wanted, fed), others);
  const [from, most] = main;
  return { from, below: most + 1, hasZero: demand.hasZero, extremes: main, points, mayBeBits: false };
}

function computedWith({ hasZero, wanted }: Demand, extremes: Interval): WholeRange {
  const [least, most] = extremes;
  // Of 8 bits all are usual: a wave, say.
  const isByte = most < 256;
  return {
    from: isByte ? least : Math.max(least, -usualSize),
    below: (isByte ? most : Math.min(most, usualSize)) + 1,
    hasZero,
    extremes,
    points: common(wanted, [extremes]),
    mayBeBits: least < 0,
  };
}

/** Of an interval without an end, as much as is usual. */
function finite([least, most]: Interval): Interval {
  if (least === -Infinity) return [Math.min(-usualSize, most - usualSize), most];
  return [least, most === Infinity ? Math.max(usualSize, least + usualSize) : most];
}

/** A tensor with as few elements has each of the points in turn: in some inputs by chance none would have one. */
const few = 4;

/**
 * Draws usual numbers, one after another.
 *
 * @param turn counts the tensors that are drawn of one input
 */
export function usualWholes(range: WholeRange, size: number, turn: number, random: Random): () => number {
  const { from, below, points, mayBeBits } = range;
  if (range.columns !== undefined) {
    return byColumns(range.columns, (column) => usualWholes(column, size, turn, random));
  }
  const span = below - from;
  const any = (): number => from + random.integer(span);
  // What nothing tells of may be a mask all the same: one case in three is of 0 and 1.
  if (mayBeBits && random.integer(3) === 0 && (size > few || points.length === 0)) {
    return () => unlessZero(range, random.integer(2));
  }
  // Millions are drawn so.
  if (points.length === 0) return range.hasZero ? any : () => unlessZero(range, any());
  let at = turn * Math.min(size, few);
  const inTurn = (): number => {
    const round = Math.floor(at / (points.length + 1));
    const point = points[at++ % (points.length + 1)];
    return point === undefined ? any() : (ticksOf(point, random)[round % 4] ?? any());
  };
  const byChance = (): number => {
    const [least, most] = points[random.integer(points.length)] ?? [from, below - 1];
    return random.integer(3) === 0 ? least + random.integer(most - least + 1) : any();
  };
  return () => unlessZero(range, size <= few ? inTurn() : byChance());
}

/** One after another along the last axis, each drawn by itself. */
export function byColumns(
  columns: readonly WholeRange[],
  drawn: (column: WholeRange) => () => number,
): () => number {
  const each = columns.map(drawn);
  let at = 0;
  return () => each[at++ % each.length]?.() ?? 0;
}

function ticksOf([least, most]: Interval, random: Random): readonly number[] {
  return [Math.floor((least + most) / 2), most, least, least + random.integer(most - least + 1)];
}

/** A number as near to it as the range has. */
export function nearest(range: WholeRange, value: number): number {
  return unlessZero(range, Math.min(range.below - 1, Math.max(range.from, value)));
}

export function unlessZero({ from, hasZero }: WholeRange, value: number): number {
  return value === 0 && !hasZero ? Math.max(1, from) : value;
}
