/**
 * Whole numbers as rows of bits. A graph keeps them in 32 bits with a sign, whatever the file's type: all of an int32 or a narrower
 * one, and of wider ones such as are within that. What comes out beyond it is refused when the graph runs.
 */
import type { OnnxDataType } from '../../../proto/onnx.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { Unreadable, type NodeReader } from '../node-reader.ts';
import {
  isWideUnsigned,
  rowOf,
  scalarLike,
  scalarOf,
  unsigned,
  where,
  type Lower,
  type Lowerings,
} from './lowering.ts';

interface Width {
  readonly bits: number;
  readonly signed: boolean;
}

/** The bits of a type. */
function widthOf(dtype: OnnxDataType): Width {
  const match = /^(u?)int(\d+)$/.exec(dtype);
  if (match === null) throw new Unreadable(`is on the bits of ${dtype}`);
  return { bits: Number(match[2]), signed: match[1] === '' };
}

/** Those of them that a number which is kept has; the others are all like the highest of these. */
function keptOf({ bits, signed }: Width): Width {
  return { bits: Math.min(bits, signed ? 32 : 31), signed };
}

/** What each bit adds to a number, the highest first, which takes away from one with a sign. */
function worths({ bits, signed }: Width): readonly number[] {
  return Array.from({ length: bits }, (_, i) => (i === 0 && signed ? -1 : 1) * 2 ** (bits - 1 - i));
}

/** Whether each bit is set, the highest first. Nothing on the way is wider than the numbers themselves. */
function bitsOf(b: GraphBuilder, x: Value, width: Width): readonly Value[] {
  let rest = x;
  return worths(width).map((worth) => {
    const set =
      worth < 0
        ? b.op('Less', [rest, scalarLike(b, x, 0)])
        : b.op('Greater', [rest, scalarLike(b, x, worth - 1)]);
    // Of numbers that are not below 0, the sum would be beyond the type; it is not asked for.
    const below = worth < 0 ? where(b, set, rest, scalarLike(b, x, -1)) : rest;
    rest = where(b, set, b.op('Sub', [below, scalarLike(b, x, worth)]), rest);
    return set;
  });
}

/** Bit by bit, by what the second decides where the first is set, and where it is not. */
function bitwise(choose: (b: GraphBuilder, set: Value, other: Value, worth: number) => Value): Lower {
  return (node: NodeReader) => {
    const { b } = node;
    const own = widthOf(node.dtype(0));
    const [x, y] = [node.tensor(0), node.tensor(1)];
    const areRows = rowOf(x) !== x || rowOf(y) !== y;
    const width = keptOf(areRows ? { ...own, signed: true } : own);
    const [left, right] = [bitsOf(b, rowOf(x), width), bitsOf(b, rowOf(y), width)];
    const terms = worths(width).flatMap((worth, i) => {
      const [set, other] = [left[i], right[i]];
      return set === undefined || other === undefined ? [] : [choose(b, set, other, worth)];
    });
    return areRows ? unsigned(b, sumOf(b, terms)) : sumOf(b, terms);
  };
}

function worthIf(b: GraphBuilder, set: Value, worth: number): Value {
  return where(b, set, whole(b, worth), whole(b, 0));
}

function whole(b: GraphBuilder, value: number): Value {
  return scalarOf(b, 'int64', value);
}

/** By as many bits as there are, or by less than none, everything is shifted out, and only a sign stays. */
const shift: Lower = (node) => {
  const { b } = node;
  const width = widthOf(node.dtype(0));
  const direction = node.string('direction', '');
  if (direction !== 'LEFT' && direction !== 'RIGHT') throw new Unreadable(`has direction=${direction}`);
  const [x, told] = [node.tensor(0), node.tensor(1)];
  const all = whole(b, width.bits);
  const by = where(b, b.op('Less', [told, whole(b, 0)]), all, b.op('Min', [told, all]));
  const hasRow = rowOf(x) !== x;
  if (direction === 'LEFT') {
    const isWide = isWideUnsigned(node.dtype(0));
    return isWide
      ? unsigned(b, shiftedLeft(b, rowOf(x), by, { ...width, signed: true }))
      : shiftedLeft(b, x, by, width);
  }
  return hasRow && width.bits === 32
    ? unsigned(b, rowShifted(b, rowOf(x), by))
    : shiftedRight(b, x, by, width);
};

/** Of a number below 0, −1 − x is shifted, and turned back. */
function shiftedRight(b: GraphBuilder, x: Value, by: Value, width: Width): Value {
  const negative = b.op('Less', [x, whole(b, 0)]);
  const turned = (value: Value) => where(b, negative, b.op('Sub', [whole(b, -1), value]), value);
  const kept = { bits: Math.min(width.bits - (width.signed ? 1 : 0), 31), signed: false };
  return turned(sumOf(b, movedDown(b, bitsOf(b, turned(x), kept).toReversed(), by)));
}

/** What each bit adds that is moved towards the lowest, which is the first. */
function movedDown(b: GraphBuilder, bits: readonly Value[], by: Value): readonly Value[] {
  let worth = whole(b, 0);
  return bits.map((set, i) => {
    const first = worthIf(b, b.op('Equal', [by, whole(b, i)]), 1);
    worth = i === 0 ? first : b.op('Add', [b.op('Add', [worth, worth]), first]);
    return where(b, set, worth, whole(b, 0));
  });
}

/** A row of 32 bits without a sign. The highest bit says a sign only where it stays. */
function rowShifted(b: GraphBuilder, row: Value, by: Value): Value {
  const [highest, ...lower] = bitsOf(b, row, { bits: 32, signed: true });
  const rest = sumOf(b, movedDown(b, lower.toReversed(), by));
  const isStaying = b.op('Equal', [by, whole(b, 0)]);
  // Between the lowest place and the one below the highest.
  const ones = lower.map((_, i) => worthIf(b, b.op('Equal', [by, whole(b, 31 - i)]), 2 ** i));
  const arrived = where(b, isStaying, whole(b, -(2 ** 31)), sumOf(b, ones));
  return highest === undefined ? rest : b.op('Add', [rest, where(b, highest, arrived, whole(b, 0))]);
}

/** What is left of a number without the bits that are shifted out, times a power of two; and the sign, where one gets there. */
function shiftedLeft(b: GraphBuilder, x: Value, by: Value, width: Width): Value {
  const kept = keptOf(width);
  const set = bitsOf(b, x, kept).map((value, i) => ({ value, at: kept.bits - 1 - i }));
  // A sign of 64 bits is never kept, and is refused as whatever else is as large.
  const hasSign = width.signed && width.bits === kept.bits;
  const room = hasSign ? kept.bits - 1 : width.bits;
  const rest = worths(kept).flatMap((worth, i) => {
    const { value, at = 0 } = set[i] ?? {};
    if (value === undefined || at >= room) return [];
    const stays = b.op('Less', [by, whole(b, room - at)]);
    return [where(b, value, worthIf(b, stays, worth), whole(b, 0))];
  });
  const moved = timesPower(b, sumOf(b, rest), by);
  if (!hasSign) return moved;
  const signs = set.map(({ value, at }) => {
    const isThere = b.op('Equal', [by, whole(b, room - at)]);
    return where(b, value, worthIf(b, isThere, -(2 ** room)), whole(b, 0));
  });
  return b.op('Add', [moved, sumOf(b, signs)]);
}

/** x · 2^by, of 0 by whatever power. */
function timesPower(b: GraphBuilder, x: Value, by: Value): Value {
  const powers = bitsOf(b, b.op('Min', [by, whole(b, 63)]), { bits: 6, signed: false });
  return powers.reduce((product, set, i) => {
    // Two factors, of which each is kept in 32 bits.
    const half = where(b, set, whole(b, 2 ** (2 ** (5 - i) / 2)), whole(b, 1));
    if (i === 5) return b.op('Mul', [product, where(b, set, whole(b, 2), whole(b, 1))]);
    return b.op('Mul', [b.op('Mul', [product, half]), half]);
  }, x);
}

function sumOf(b: GraphBuilder, terms: readonly Value[]): Value {
  return terms.reduce((sum, term) => b.op('Add', [sum, term]));
}

/** −1 − x, or, without a sign, the greatest number − x. */
const not: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const { bits, signed } = widthOf(node.dtype(0));
  if (!signed && bits > 16) {
    throw new Unreadable(`gives numbers of ${bits} bits without a sign; those up to 31 bits are kept`);
  }
  return b.op('Sub', [whole(b, signed ? -1 : 2 ** bits - 1), x]);
};

export const bitLowerings: Lowerings = {
  BitShift: shift,
  BitwiseNot: not,
  BitwiseAnd: bitwise((b, set, other, worth) => where(b, set, worthIf(b, other, worth), whole(b, 0))),
  BitwiseOr: bitwise((b, set, other, worth) => where(b, set, whole(b, worth), worthIf(b, other, worth))),
  BitwiseXor: bitwise((b, set, other, worth) => worthIf(b, differs(b, set, other), worth)),
};

function differs(b: GraphBuilder, one: Value, other: Value): Value {
  const same = b.op('Equal', [one, other]);
  return b.op('Equal', [same, scalarLike(b, same, 0)]);
}
