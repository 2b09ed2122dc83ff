/** Matrix products. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf } from '../../../src/graph/extent.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { Unreadable, type NodeReader } from '../node-reader.ts';
import type { Lower, Lowerings } from './lowering.ts';

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
  if (equation.includes('.')) throw new Unreadable(`has the equation "${equation}", with an ellipsis`);
  const [left = '', given] = equation.split('->');
  const terms = left.split(',');
  const letters = left.replaceAll(',', '').split('');
  const once = [...new Set(letters)].filter((letter) => letters.filter((one) => one === letter).length === 1);
  const result = given?.split('') ?? once.toSorted();
  const operands = terms.map((term, i): Term => ({ letters: term.split(''), value: node.float(i) }));
  if (operands.some((term) => new Set(term.letters).size < term.letters.length)) {
    throw new Unreadable(`has the equation "${equation}", which takes a diagonal`);
  }
  const whole = operands.reduce((a, c, i) => {
    const later = operands.slice(i + 1).flatMap((term) => term.letters);
    return contracted(b, a, c, new Set([...result, ...later]));
  });
  const summed = withoutUnused(b, whole, new Set(result));
  return b.op('Transpose', [summed.value], { perm: result.map((letter) => summed.letters.indexOf(letter)) });
};

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

export const linearLowerings: Lowerings = {
  MatMul: (node: NodeReader) =>
    node.as(matrixProduct(node.b, node.float(0), node.float(1)), node.tensor(0).type.dtype),
  Gemm: gemm,
  Einsum: einsum,
};
