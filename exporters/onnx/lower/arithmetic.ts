/** Arithmetic, comparison, logic and casts. */
import { dataTypeOf, dataTypes, type OnnxDataType } from '../../../proto/onnx.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { Unreadable, type NodeReader } from '../node-reader.ts';
import { isNarrow, kindOf, rangeOf } from '../tensors.ts';
import {
  apply,
  floorOf,
  fromFront,
  isWideUnsigned,
  listOf,
  onFloats,
  rowOf,
  scalarLike,
  scalarOf,
  truncated,
  unsigned,
  where,
  wrapped,
  type BareOp,
  type Lower,
  type Lowerings,
  type Typed,
} from './lowering.ts';
import { isCoarseFloat, nearest } from './small-floats.ts';

const unary = (op: BareOp): Lower => onFloats((b, x) => apply(b, op, x));

const arithmetic =
  (op: 'Add' | 'Sub' | 'Mul' | 'Div'): Lower =>
  (node) => {
    const result = node.b.op(op, [node.tensor(0), second(node)]);
    const dtype = node.dtype(0);
    return op === 'Sub' && isWideUnsigned(dtype) ? unsigned(node.b, result) : wrapped(node.b, result, dtype);
  };

const comparison =
  (op: 'Greater' | 'Less' | 'Equal'): Lower =>
  (node) =>
    node.b.op(op, [node.tensor(0), second(node)]);

/**
 * The second of two operands, as it meets the first. Before opset 7 only the second could broadcast, and its axes lay
 * along those of the first from `axis` on.
 */
function second(node: NodeReader): Value {
  const [x, y] = [node.tensor(0), node.tensor(1)];
  if (node.opset >= 7) return y;
  const [rank, own] = [x.type.shape.length, y.type.shape.length];
  if (node.flag('broadcast', 0) === 0 || node.attribute('axis') === undefined) return y;
  const axis = fromFront(node.int('axis'), rank);
  const behind = rank - axis - own;
  if (behind < 0) throw new Unreadable(`has axis=${axis}, and operands of ${rank} and ${own} axes`);
  if (behind === 0) return y;
  const axes = Array.from({ length: behind }, (_, i) => own + i);
  return node.b.op('Unsqueeze', [y], { axes });
}

/** Not the other comparison turned round: NaN is neither less nor greater. */
const orEqual =
  (op: 'Greater' | 'Less'): Lower =>
  (node) => {
    const { b } = node;
    const operands = [node.tensor(0), node.tensor(1)];
    return where(b, b.op(op, operands), yes(b), b.op('Equal', operands));
  };

function yes(b: GraphBuilder): Value {
  return scalarOf(b, 'bool', 1);
}

function no(b: GraphBuilder): Value {
  return scalarOf(b, 'bool', 0);
}

function not(b: GraphBuilder, x: Value): Value {
  return b.op('Equal', [x, no(b)]);
}

/** The two smallest, or largest, of each pair in turn. */
const extremum =
  (op: 'Min' | 'Max'): Lower =>
  (node) => {
    const [first, ...rest] = node.tensors();
    if (first === undefined) throw new Unreadable('has no inputs');
    return rest.reduce((best, x) => node.b.op(op, [best, x]), first);
  };

function total(node: NodeReader): Value {
  const terms = node.tensors();
  const [first, ...rest] = terms;
  if (first === undefined) throw new Unreadable('has no inputs');
  const shape = first.type.shape.join();
  const alike = terms.every(({ type }) => type.dtype === 'float32' && type.shape.join() === shape);
  return alike ? node.b.op('Sum', terms) : rest.reduce((sum, x) => node.b.op('Add', [sum, x]), first);
}

/** A value of one type of ONNX as another. */
export function cast(
  b: GraphBuilder,
  x: Value,
  from: OnnxDataType,
  to: OnnxDataType,
  saturated = true,
): Typed {
  const dtype = kindOf(to);
  if (dtype === undefined) throw new Unreadable(`casts to ${to}, which cannot be read`);
  if (isCoarseFloat(to)) {
    const number = x.type.dtype === 'float32' ? x : castTo(b, x, 'float32');
    return { value: nearest(b, number, to, saturated), dtype: to };
  }
  // The number stays what it is, and a place is needed where it is said that the file rounds it.
  if (isNarrow(to) && to !== from && x.type.dtype === dtype) {
    return { value: b.op('Identity', [x]), dtype: to };
  }
  // Bits of a wider type, or of one that is as wide, are dropped, whatever the number is.
  const isDropped =
    from !== 'string' && to !== 'string' && dtype === 'int64' && dataTypes[to].bits <= dataTypes[from].bits;
  const whole = isDropped ? rowOf(x) : x;
  const held = x.type.dtype === dtype && from !== to && dtype !== 'int64' ? x : castTo(b, whole, dtype);
  if (isWideUnsigned(to) && x.type.dtype !== 'bool') {
    const hasSign = whole !== x || !from.startsWith('uint');
    return { value: hasSign ? unsigned(b, held) : held, dtype: to };
  }
  const [own, target] = [rangeOf(from), rangeOf(to)];
  const fits = own !== undefined && target !== undefined && own[0] >= target[0] && own[1] <= target[1];
  const value = x.type.dtype === 'bool' || fits ? held : wrapped(b, held, to);
  return { value, dtype: to };
}

function castTo(b: GraphBuilder, x: Value, to: 'float32' | 'int64' | 'bool'): Value {
  // Between whole numbers nothing changes but what they wrap to.
  return x.type.dtype === 'int64' && to === 'int64' ? x : b.op('Cast', [x], { to });
}

/** What ONNX's own names of types are here. */
const spellings: Readonly<Record<string, OnnxDataType>> = { float: 'float32', double: 'float64' };

function targetOf(node: NodeReader): OnnxDataType {
  const told = node.attribute('to');
  // Before opset 6, by name.
  const name = told?.kind === 'string' ? told.value.toLowerCase() : undefined;
  const named = Object.keys(dataTypes).find((dtype) => dtype === spellings[name ?? ''] || dtype === name);
  const to = name === undefined ? dataTypeOf(node.int('to')) : (named as OnnxDataType | undefined);
  if (to === undefined) throw new Unreadable('casts to a type that is not known');
  return to;
}

/** Whole numbers to a small power that is known are a product, which float32 would round. */
const power: Lower = (node) => {
  const { b } = node;
  const [x, exponent] = [node.tensor(0), second(node)];
  const { shape } = exponent.type;
  const isOne = shape.length <= x.type.shape.length && shape.every((dim) => dim === 1);
  const known = x.type.dtype === 'int64' && isOne ? node.knownOrNot(1)?.data[0] : undefined;
  if (typeof known === 'number' && [1, 2, 3, 4].includes(known)) {
    return wrapped(
      b,
      listOf(known, () => x).reduce((a, c) => b.op('Mul', [a, c])),
      node.dtype(0),
    );
  }
  return node.as(b.op('Pow', [node.float(0), node.as(exponent, 'float32')]), x.type.dtype);
};

/** What is left of a division has the sign of the divisor, or, with fmod, of the dividend. */
const remainder: Lower = (node) => {
  const { b } = node;
  const [x, by] = [node.float(0), node.float(1)];
  const fmod = node.flag('fmod', 0) === 1;
  const ratio = b.op('Div', [x, by]);
  const whole = fmod ? truncated(b, ratio) : floorOf(b, ratio);
  const left = b.op('Sub', [x, b.op('Mul', [whole, by])]);
  // Nothing that is left has that sign, too.
  const nothing = b.op('Mul', [fmod ? x : by, b.constant(0)]);
  const rest = where(b, b.op('Equal', [left, b.constant(0)]), nothing, left);
  // Nothing is taken off by an infinite divisor, but for a sign that must be its own.
  const endless = b.op('Equal', [b.op('Abs', [by]), b.constant(Infinity)]);
  const other = b.op('Less', [b.op('Mul', [sign(b, x), sign(b, by)]), b.constant(0)]);
  const kept = where(b, b.op('Equal', [b.op('Abs', [x]), b.constant(Infinity)]), b.constant(NaN), x);
  return where(b, endless, fmod ? kept : where(b, other, by, kept), rest);
};

/** The same of whole numbers, none of which on the way is larger than they are. */
const wholeRemainder: Lower = (node) => {
  const { b } = node;
  const [x, by] = [node.tensor(0), node.tensor(1)];
  const left = b.op('Sub', [x, b.op('Mul', [b.op('Div', [x, by]), by])]);
  if (node.flag('fmod', 0) === 1) return left;
  const none = scalarLike(b, x, 0);
  const alike = b.op('Equal', [b.op('Less', [left, none]), b.op('Less', [by, none])]);
  const isRight = where(b, b.op('Equal', [left, none]), yes(b), alike);
  return b.op('Add', [left, where(b, isRight, none, by)]);
};

export const arithmeticLowerings: Lowerings = {
  Identity: (node) => node.b.op('Identity', [node.tensor(0)]),
  Neg: (node) => {
    const x = node.tensor(0);
    if (x.type.dtype === 'float32') return node.b.op('Neg', [x]);
    return wrapped(node.b, node.b.op('Sub', [scalarLike(node.b, x, 0), x]), node.dtype(0));
  },
  Abs: (node) => {
    const x = node.tensor(0);
    if (x.type.dtype === 'float32') return node.b.op('Abs', [x]);
    const below = node.b.op('Sub', [scalarLike(node.b, x, 0), x]);
    return wrapped(node.b, node.b.op('Max', [x, below]), node.dtype(0));
  },
  Exp: unary('Exp'),
  Log: unary('Log'),
  Sqrt: unary('Sqrt'),
  Reciprocal: unary('Reciprocal'),
  Erf: unary('Erf'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
  Atan: unary('Atan'),
  Floor: unary('Floor'),
  Round: unary('Round'),
  Ceil: onFloats((b, x) => b.op('Neg', [floorOf(b, b.op('Neg', [x]))])),
  Tan: onFloats((b, x) => b.op('Div', [b.op('Sin', [x]), b.op('Cos', [x])])),
  Asin: onFloats(arcsine),
  Acos: onFloats((b, x) => b.op('Sub', [b.constant(Math.PI / 2), arcsine(b, x)])),
  // Of what is small, the difference of two exponentials would have nothing.
  Sinh: onFloats((b, x) => b.op('Mul', [b.op('Tanh', [x]), hyperbolicCosine(b, x)])),
  Cosh: onFloats(hyperbolicCosine),
  Asinh: onFloats((b, x) => {
    const size = b.op('Abs', [x]);
    const root = b.op('Sqrt', [b.op('Add', [b.op('Mul', [x, x]), b.constant(1)])]);
    return b.op('Mul', [sign(b, x), b.op('Log', [b.op('Add', [size, root])])]);
  }),
  Acosh: onFloats((b, x) => {
    const root = b.op('Sqrt', [b.op('Sub', [b.op('Mul', [x, x]), b.constant(1)])]);
    return b.op('Log', [b.op('Add', [x, root])]);
  }),
  Atanh: onFloats((b, x) => {
    const ratio = b.op('Div', [b.op('Add', [b.constant(1), x]), b.op('Sub', [b.constant(1), x])]);
    return b.op('Mul', [b.op('Log', [ratio]), b.constant(0.5)]);
  }),
  Sign: onFloats(sign),

  Add: arithmetic('Add'),
  Sub: arithmetic('Sub'),
  Mul: arithmetic('Mul'),
  Div: arithmetic('Div'),
  Pow: power,
  Mod: (node) => (node.tensor(0).type.dtype === 'float32' ? remainder(node) : wholeRemainder(node)),
  Min: extremum('Min'),
  Max: extremum('Max'),
  Sum: total,
  Mean: (node) => node.b.op('Mul', [total(node), node.b.constant(1 / node.inputCount)]),

  Greater: comparison('Greater'),
  Less: comparison('Less'),
  Equal: comparison('Equal'),
  GreaterOrEqual: orEqual('Greater'),
  LessOrEqual: orEqual('Less'),
  Not: (node) => not(node.b, node.tensor(0)),
  And: (node) => where(node.b, node.tensor(0), second(node), no(node.b)),
  Or: (node) => where(node.b, node.tensor(0), yes(node.b), second(node)),
  Xor: (node) => not(node.b, node.b.op('Equal', [node.tensor(0), second(node)])),
  IsNaN: (node) => not(node.b, node.b.op('Equal', [node.float(0), node.float(0)])),
  IsInf: (node) => {
    const { b } = node;
    const x = node.float(0);
    const up = node.flag('detect_positive', 1) ? b.op('Equal', [x, b.constant(Infinity)]) : undefined;
    const down = node.flag('detect_negative', 1) ? b.op('Equal', [x, b.constant(-Infinity)]) : undefined;
    if (up !== undefined && down !== undefined) return where(b, up, yes(b), down);
    return up ?? down ?? b.op('Less', [b.op('Abs', [x]), b.constant(-1)]);
  },
  Where: (node) => node.b.op('Where', [node.tensor(0), node.tensor(1), node.tensor(2)]),

  Cast: (node) => {
    const to = targetOf(node);
    const x = node.tensor(0);
    const saturated = isSaturated(node);
    // A cast to the type that it has is still a node of ours.
    if (kindOf(to) === x.type.dtype && to === node.dtype(0)) {
      return { value: node.b.op('Cast', [x], { to: x.type.dtype }), dtype: to };
    }
    return cast(node.b, x, node.dtype(0), to, saturated);
  },
  CastLike: (node) => cast(node.b, node.tensor(0), node.dtype(0), node.dtype(1), isSaturated(node)),
};

/** Of floats of 8 bits alone, as how they are rounded. */
function isSaturated(node: NodeReader): boolean {
  node.ignore('round_mode');
  return node.flag('saturate', 1) === 1;
}

function sign(b: GraphBuilder, x: Value): Value {
  const size = where(b, b.op('Greater', [x, b.constant(0)]), b.constant(1), x);
  return where(b, b.op('Less', [x, b.constant(0)]), b.constant(-1), size);
}

function hyperbolicCosine(b: GraphBuilder, x: Value): Value {
  return b.op('Mul', [b.op('Add', [b.op('Exp', [x]), b.op('Exp', [b.op('Neg', [x])])]), b.constant(0.5)]);
}

/** At ±1 the fraction is infinite, and its arc tangent a right angle. */
function arcsine(b: GraphBuilder, x: Value): Value {
  const rest = b.op('Sqrt', [b.op('Sub', [b.constant(1), b.op('Mul', [x, x])])]);
  return b.op('Atan', [b.op('Div', [x, rest])]);
}
