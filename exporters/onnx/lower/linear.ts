/** Matrix products. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf } from '../../../src/graph/extent.ts';
import { mostOf } from '../../../src/extremes.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { floorOf, slice, where, wrapped, type Lower, type Lowerings } from './lowering.ts';

/** A vector is a row on the left, and a column on the right. */
export function matrixProduct(b: GraphBuilder, x: Value, y: Value): Value {
  const [row, column] = [x.type.shape.length === 1, y.type.shape.length === 1];
  const left = row ? b.op('Unsqueeze', [x], { axes: [0] }) : x;
  const right = column ? b.op('Unsqueeze', [y], { axes: [1] }) : y;
  const product = b.op('MatMul', [left, right]);
  const gone = [...(row ? [-2] : []), ...(column ? [-1] : [])];
  return gone.length === 0 ? product : b.op('Squeeze', [product], { axes: gone });
}

const gemm: Lower = (node) => {
  node.ignore('broadcast');
  const attributes = {
    alpha: node.real('alpha', 1),
    beta: node.real('beta', 1),
    transA: node.flag('transA', 0),
    transB: node.flag('transB', 0),
  };
  const operands = [node.float(0), node.float(1), ...(node.has(2) ? [node.float(2)] : [])];
  return node.as(node.b.op('Gemm', operands, attributes), node.tensor(0).type.dtype);
};

/**
 * Einstein's sum, two operands at a time: what only one of them has and nobody asks for is added up, what both have is a
 * batch or is summed by the matrix product.
 */
const einsum: Lower = (node) => {
  const { b } = node;
  const equation = node.string('equation', '').replaceAll(' ', '');
  const [left = '', given] = equation.split('->');
  const terms = left.split(',').map((term) => term.split('...'));
  const ranks = terms.map((parts, i) => {
    const rank = parts.length === 1 ? 0 : node.shape(i).length - parts.join('').length;
    if (parts.length > 2 || rank < 0) throw new Unreadable(`has the equation "${equation}"`);
    return rank;
  });
  // Axes under an ellipsis are counted from behind, as broadcasting does.
  const covered = Array.from({ length: mostOf(ranks) }, (_, i) => `.${i}`);
  const lettersOf = ([front = '', back]: readonly string[], rank: number) => [
    ...front.split(''),
    ...(back === undefined ? [] : [...covered.slice(covered.length - rank), ...back.split('')]),
  ];
  const operands = unbroadcast(
    b,
    terms.map((parts, i): Term => {
      return withoutDiagonals(b, { letters: lettersOf(parts, ranks[i] ?? 0), value: node.float(i) });
    }),
  );
  const all = terms.flatMap((parts) => parts.join('').split(''));
  const times = countsOf(all);
  const once = all.filter((letter) => times.get(letter) === 1);
  const result =
    given === undefined ? [...covered, ...once.toSorted()] : lettersOf(given.split('...'), covered.length);
  /** How often each letter comes in the operands that are still to come. */
  const later = countsOf(operands.slice(1).flatMap(({ letters }) => letters));
  const whole = operands.reduce((a, c) => {
    for (const letter of c.letters) later.set(letter, (later.get(letter) ?? 0) - 1);
    const wanted = [...later].flatMap(([letter, count]) => (count > 0 ? [letter] : []));
    return contracted(b, a, c, new Set([...result, ...wanted]));
  });
  const summed = withoutUnused(b, whole, new Set(result));
  const perm = result.map((letter) => summed.letters.indexOf(letter));
  const made = node.as(b.op('Transpose', [summed.value], { perm }), node.tensor(0).type.dtype);
  return wrapped(b, made, node.dtype(0));
};

function countsOf(letters: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return counts;
}

/** Without axes of one element where another operand has more: the product is the same. */
function unbroadcast(b: GraphBuilder, terms: readonly Term[]): readonly Term[] {
  const wide = new Set(
    terms.flatMap(({ letters, value }) => letters.filter((_, axis) => value.type.shape[axis] !== 1)),
  );
  return terms.map(({ letters, value }) => {
    const axes = letters.flatMap((letter, axis) =>
      value.type.shape[axis] === 1 && wide.has(letter) ? [axis] : [],
    );
    if (axes.length === 0) return { letters, value };
    const rest = letters.filter((_, axis) => !axes.includes(axis));
    return { letters: rest, value: b.op('Squeeze', [value], { axes }) };
  });
}

/** A letter that comes twice is a diagonal: every so-many-th element of both axes in one. */
function withoutDiagonals(b: GraphBuilder, term: Term): Term {
  const { letters, value } = term;
  const second = letters.findIndex((letter, axis) => letters.indexOf(letter) < axis);
  if (second < 0) return term;
  const letter = letters[second] ?? '';
  const others = letters.flatMap((one, axis) => (one === letter ? [] : [axis]));
  const axes = letters.flatMap((one, axis) => (one === letter ? [axis] : []));
  const [size, ...sizes] = axes.map((axis) => numberOf(value.type.shape[axis], 'the length of a diagonal'));
  if (size === undefined || sizes.some((other) => other !== size)) {
    throw new Unreadable(`takes the diagonal of axes of ${[size, ...sizes].join(' and ')}`);
  }
  const extents = others.map((axis) => value.type.shape[axis] ?? 1);
  const turned = b.op('Transpose', [value], { perm: [...others, ...axes] });
  const flat = b.op('Reshape', [turned], { shape: [...extents, size ** axes.length] });
  const step = axes.reduce((sum, _, i) => sum + size ** i, 0);
  return withoutDiagonals(b, {
    letters: [...others.map((axis) => letters[axis] ?? ''), letter],
    value: slice(b, flat, others.length, 0, size ** axes.length, step),
  });
}

interface Term {
  readonly letters: readonly string[];
  readonly value: Value;
}

function withoutUnused(b: GraphBuilder, term: Term, used: ReadonlySet<string>): Term {
  const axes = term.letters.flatMap((letter, axis) => (used.has(letter) ? [] : [axis]));
  if (axes.length === 0) return term;
  const value = b.op('ReduceSum', [term.value], { axes, keepdims: 0 });
  return { letters: term.letters.filter((letter) => used.has(letter)), value };
}

function contracted(b: GraphBuilder, first: Term, second: Term, wanted: ReadonlySet<string>): Term {
  const x = withoutUnused(b, first, new Set([...wanted, ...second.letters]));
  const y = withoutUnused(b, second, new Set([...wanted, ...first.letters]));
  const both = x.letters.filter((letter) => y.letters.includes(letter));
  const batch = both.filter((letter) => wanted.has(letter));
  const inner = both.filter((letter) => !wanted.has(letter));
  const rows = x.letters.filter((letter) => !both.includes(letter));
  const columns = y.letters.filter((letter) => !both.includes(letter));
  const extent = (letter: string): Dim => {
    const of = x.letters.includes(letter) ? x : y;
    return of.value.type.shape[of.letters.indexOf(letter)] ?? 1;
  };
  const size = (list: readonly string[]) => elementsOf(list.map(extent));
  const arranged = (term: Term, order: readonly string[], shape: readonly Dim[]) =>
    b.op(
      'Reshape',
      [b.op('Transpose', [term.value], { perm: order.map((letter) => term.letters.indexOf(letter)) })],
      {
        shape,
      },
    );
  const left = arranged(x, [...batch, ...rows, ...inner], [...batch.map(extent), size(rows), size(inner)]);
  const right = arranged(
    y,
    [...batch, ...inner, ...columns],
    [...batch.map(extent), size(inner), size(columns)],
  );
  const letters = [...batch, ...rows, ...columns];
  return { letters, value: b.op('Reshape', [b.op('MatMul', [left, right])], { shape: letters.map(extent) }) };
}

/** More rows than this are not taken away one by one. */
const mostRows = 64;

/**
 * The determinant, by Gauss's elimination: in each column the largest number of the rows that are left is taken, and its row
 * away from all. What would have been swapped is the sign: how many rows that are left stand above it.
 */
const determinant: Lower = (node) => {
  const { b } = node;
  const given = node.float(0);
  const { shape } = given.type;
  const size = numberOf(shape.at(-1), 'the size of the matrices');
  if (size > mostRows) throw new Unreadable(`has matrices of ${size} rows; ${mostRows} are supported`);
  const places = b.constant(
    Array.from({ length: size }, (_, i) => i),
    [1, size, 1],
  );
  let rest = b.op('Reshape', [given], { shape: [-1, size, size] });
  // 1 for each row of each matrix, however many these are.
  const first = slice(b, rest, 2, 0, 1);
  let left = where(b, b.op('Less', [first, first]), b.constant(0), b.constant(1));
  let product: Value = b.constant([1], [1, 1, 1]);
  for (let column = 0; column < size; column++) {
    const own = slice(b, rest, 2, column, column + 1);
    const isLeft = b.op('Greater', [left, b.constant(0.5)]);
    const sizes = where(b, isLeft, b.op('Abs', [own]), b.constant(-1));
    const at = b.op('Cast', [b.op('ArgMax', [sizes], { axis: 1, keepdims: 1 })], { to: 'float32' });
    const isTaken = b.op('Equal', [places, at]);
    const row = b.op('ReduceSum', [where(b, isTaken, rest, b.constant(0))], { axes: [1], keepdims: 1 });
    const pivot = slice(b, row, 2, column, column + 1);
    const above = where(b, b.op('Less', [places, at]), left, b.constant(0));
    const count = b.op('ReduceSum', [above], { axes: [1], keepdims: 1 });
    const half = b.op('Mul', [count, b.constant(0.5)]);
    const isOdd = b.op('Greater', [b.op('Sub', [half, floorOf(b, half)]), b.constant(0.25)]);
    product = b.op('Mul', [product, where(b, isOdd, b.op('Neg', [pivot]), pivot)]);
    // Where all that is left is 0, so is the determinant, whatever is divided by.
    const divisor = where(b, b.op('Equal', [pivot, b.constant(0)]), b.constant(1), pivot);
    rest = b.op('Sub', [rest, b.op('Mul', [b.op('Div', [own, divisor]), row])]);
    left = where(b, isTaken, b.constant(0), left);
  }
  const each = b.op('Reshape', [product], { shape: shape.slice(0, -2) });
  return node.as(each, node.tensor(0).type.dtype);
};

export const linearLowerings: Lowerings = {
  MatMul: (node: NodeReader) =>
    node.as(matrixProduct(node.b, node.float(0), node.float(1)), node.tensor(0).type.dtype),
  Gemm: gemm,
  Einsum: einsum,
  Det: determinant,
};
