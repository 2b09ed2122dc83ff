/**
 * Answers that are lists by rank, such as the boxes that a detector finds, each beside its score. Rows whose scores are
 * closer than is allowed may come in either order: which comes first hangs on the last bit of a sum.
 */
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';
import type { Allowance } from './comparison.ts';

/** More rows are compared as they come: each is looked for among those of its rank. */
const mostRows = 10_000;

/**
 * `given` with rows of equal rank in the order of `expected`, the same in all outputs; undefined where it has no such
 * order, or is in that of `expected` already.
 *
 * There is one only where every output has as many rows, and one of them is a number a row that never rises: the score. It
 * stays where it is, so that a row moves no further than its score allows.
 */
export function inOrderOf(
  given: AnyTensors,
  expected: AnyTensors,
  allowanceOf: (output: string) => Allowance,
): AnyTensors | undefined {
  const pairs: Side[] = [];
  for (const [name, wanted] of expected) {
    const own = given.get(name);
    if (own === undefined || own.data.length !== wanted.data.length) return undefined;
    const rows = wanted.shape[0] ?? 0;
    pairs.push({ given: own, wanted, rows, width: wanted.data.length / rows, allowance: allowanceOf(name) });
  }
  const [first] = pairs;
  if (first === undefined || first.rows < 2 || first.rows > mostRows) return undefined;
  const { rows } = first;
  const score = pairs.find((pair) => pair.rows === rows && isScore(pair));
  if (score === undefined || pairs.some((pair) => pair.rows !== rows)) return undefined;
  const order = orderOf(rows, score, pairs);
  if (order === undefined || order.every((row, i) => row === i)) return undefined;
  return new Map(
    [...given].map(([name, tensor]) => [name, expected.has(name) ? sorted(tensor, rows, order) : tensor]),
  );
}

interface Side {
  readonly given: AnyTensor;
  readonly wanted: AnyTensor;
  readonly rows: number;
  /** Elements of a row. */
  readonly width: number;
  readonly allowance: Allowance;
}

function isScore({ wanted, given, rows, width, allowance }: Side): boolean {
  if (width !== 1 || !wanted.dtype.startsWith('float')) return false;
  for (let row = 0; row < rows; row++) {
    const value = wanted.data[row] ?? Number.NaN;
    if (!near(given.data[row], value, allowance)) return false;
    if (row > 0 && !(value <= (wanted.data[row - 1] ?? Number.NaN))) return false;
  }
  // Where all are alike, they rank nothing.
  return wanted.data[0] !== wanted.data[rows - 1];
}

/** For each row of what is expected, the row of what is given that is it; undefined where some is in neither. */
function orderOf(rows: number, score: Side, pairs: readonly Side[]): readonly number[] | undefined {
  const taken = new Set<number>();
  const isSame = (row: number, from: number): boolean =>
    pairs.every(({ given, wanted, width, allowance }) => {
      for (let i = 0; i < width; i++) {
        const value = wanted.data[row * width + i] ?? Number.NaN;
        if (!near(given.data[from * width + i], value, allowance)) return false;
      }
      return true;
    });
  const order: number[] = [];
  for (let row = 0; row < rows; row++) {
    const isTied = (from: number): boolean =>
      from >= 0 &&
      from < rows &&
      near(score.given.data[from], score.wanted.data[row] ?? NaN, score.allowance);
    let found = isSame(row, row) && !taken.has(row) ? row : -1;
    for (const step of [-1, 1]) {
      for (let from = row + step; found < 0 && isTied(from); from += step) {
        if (!taken.has(from) && isSame(row, from)) found = from;
      }
    }
    if (found < 0) return undefined;
    taken.add(found);
    order.push(found);
  }
  return order;
}

function near(given: number | undefined, wanted: number, { absolute, relative }: Allowance): boolean {
  return (
    given === wanted || Math.abs((given ?? Number.NaN) - wanted) <= absolute + relative * Math.abs(wanted)
  );
}

function sorted(tensor: AnyTensor, rows: number, order: readonly number[]): AnyTensor {
  const width = tensor.data.length / rows;
  const data = tensor.data.slice();
  order.forEach((from, row) => {
    for (let i = 0; i < width; i++) data[row * width + i] = tensor.data[from * width + i] ?? 0;
  });
  return { ...tensor, data };
}
