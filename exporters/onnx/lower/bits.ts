/**
 * Whole numbers as rows of bits. Of 32 bits with a sign at most, 16 where they are shifted, which is computed in float32:
 * wider ones would not be exact in every runtime.
 */
import type { OnnxDataType } from '../../../proto/onnx.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { Unreadable, type NodeReader } from '../node-reader.ts';
import { rangeOf } from '../tensors.ts';
import { floorOf, scalarLike, scalarOf, where, type Lower, type Lowerings } from './lowering.ts';

interface Width {
  readonly bits: number;
  readonly signed: boolean;
}

function widthOf(dtype: OnnxDataType, most: 16 | 32): Width {
  const range = most === 32 && dtype === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : rangeOf(dtype);
  const [least, greatest] = range ?? [];
  if (least === undefined || greatest === undefined) {
    const supported =
      most === 32 ? '16 bits at most, or int32, are supported' : '16 bits at most are supported';
    throw new Unreadable(`is on the bits of ${dtype}; ${supported}`);
  }
  return { bits: Math.log2(greatest - least + 1), signed: least < 0 };
}

/** What is left of a whole number in so many bits, from 0 on. */
function unsigned(b: GraphBuilder, x: Value, { bits }: Width): Value {
  const period = b.constant(2 ** bits);
  return b.op('Sub', [x, b.op('Mul', [floorOf(b, b.op('Div', [x, period])), period])]);
}

/** The number that these bits are in their type. */
function inType(b: GraphBuilder, x: Value, width: Width): Value {
  const low = unsigned(b, x, width);
  const half = 2 ** (width.bits - 1);
  const value = width.signed
    ? where(b, b.op('Less', [low, b.constant(half)]), low, b.op('Sub', [low, b.constant(2 * half)]))
    : low;
  return b.op('Cast', [value], { to: 'int64' });
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
    const width = widthOf(node.dtype(0), 32);
    const [left, right] = [bitsOf(b, node.tensor(0), width), bitsOf(b, node.tensor(1), width)];
    const terms = worths(width).flatMap((worth, i) => {
      const [set, other] = [left[i], right[i]];
      return set === undefined || other === undefined ? [] : [choose(b, set, other, worth)];
    });
    return terms.reduce((sum, term) => b.op('Add', [sum, term]));
  };
}

function worthIf(b: GraphBuilder, set: Value, worth: number): Value {
  return where(b, set, whole(b, worth), whole(b, 0));
}

function whole(b: GraphBuilder, value: number): Value {
  return scalarOf(b, 'int64', value);
}

/** By as many bits as there are, or by less than none, everything is shifted out. */
const shift: Lower = (node) => {
  const { b } = node;
  const width = widthOf(node.dtype(0), 16);
  const direction = node.string('direction', '');
  if (direction !== 'LEFT' && direction !== 'RIGHT') throw new Unreadable(`has direction=${direction}`);
  const [x, told] = [node.float(0), node.float(1)];
  const all = b.constant(width.bits);
  const few = where(b, b.op('Less', [told, all]), told, all);
  const by = where(b, b.op('Less', [told, b.constant(0)]), all, few);
  const factor = b.op('Round', [b.op('Pow', [b.constant(2), by])]);
  const moved = direction === 'LEFT' ? b.op('Mul', [x, factor]) : floorOf(b, b.op('Div', [x, factor]));
  return inType(b, moved, width);
};

/** −1 − x, or, without a sign, the greatest number − x. */
const not: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const dtype = node.dtype(0);
  if (dtype === 'uint32' || dtype === 'uint64') {
    throw new Unreadable(
      `is on the bits of ${dtype}; of numbers without a sign, 16 bits at most are supported`,
    );
  }
  const most = dtype.startsWith('u') ? (rangeOf(dtype)?.[1] ?? 0) : -1;
  return b.op('Sub', [scalarLike(b, x, most), x]);
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
