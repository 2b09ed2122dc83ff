/**
 * Products of matrices, which are most of the work of any network: two rows of the result and four terms of their sums at a time,
 * over columns that a processor keeps near.
 *
 * Each element is the same sum in the same order, rounded at the same places, as one term after the other gives, so that
 * not a bit differs.
 */
import { inOrder } from './arithmetic.ts';

/** A matrix inside an array: `steps` from one row, and from one column, to the next. */
export interface Matrix {
  readonly data: Float64Array;
  readonly start: number;
  readonly steps: readonly [number, number];
}

/** One whose rows lie whole, `step` apart. */
export interface Rows<Data> {
  readonly data: Data;
  readonly start: number;
  readonly step: number;
}

export interface Extents {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Columns of a block. */
const near = 512;

/** y[r, c] += Σ w[r, k] · x[k, c], the terms in the order that this arithmetic has. An array of float32 rounds at every one. */
export function addProduct(
  w: Matrix,
  x: Rows<Float64Array>,
  y: Rows<Float64Array | Float32Array>,
  { rows, inner, columns }: Extents,
): void {
  const [rowStep, termStep] = w.steps;
  const forward = inOrder(0, inner) === 0;
  const [first, turn] = forward ? [0, 1] : [inner - 1, -1];
  for (let left = 0; left < columns; left += near) {
    const count = Math.min(near, columns - left);
    for (let row = 0; row < rows; row += 2) {
      const isPair = row + 1 < rows;
      const to = y.start + row * y.step + left;
      for (let nth = 0; nth < inner; nth += 4) {
        const term = first + turn * nth;
        const weights = w.start + row * rowStep + term * termStep;
        const from = x.start + term * x.step + left;
        const terms = Math.min(4, inner - nth);
        if (isPair && terms === 4) {
          const block = {
            w: w.data,
            weights,
            rowStep,
            termStep: turn * termStep,
            x: x.data,
            from,
            xStep: turn * x.step,
            to,
            yStep: y.step,
            count,
          };
          if (y.data instanceof Float32Array) singleBlock(y.data, block);
          else doubleBlock(y.data, block);
          continue;
        }
        for (let k = 0; k < terms; k++) {
          const at = from + turn * k * x.step;
          const weight = weights + turn * k * termStep;
          addTerm(w.data[weight]!, x.data, at, y.data, to, count);
          if (isPair) addTerm(w.data[weight + rowStep]!, x.data, at, y.data, to + y.step, count);
        }
      }
    }
  }
}

function addTerm(
  weight: number,
  x: Float64Array,
  from: number,
  y: Float64Array | Float32Array,
  to: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) y[to + i]! += weight * x[from + i]!;
}

/** Four terms of two rows. */
interface Block {
  readonly w: Float64Array;
  readonly weights: number;
  readonly rowStep: number;
  readonly termStep: number;
  readonly x: Float64Array;
  readonly from: number;
  readonly xStep: number;
  readonly to: number;
  readonly yStep: number;
  readonly count: number;
}

function doubleBlock(
  y: Float64Array,
  { w, weights, rowStep, termStep, x, from, xStep, to, yStep, count }: Block,
): void {
  const [a0, a1] = [w[weights]!, w[weights + termStep]!];
  const [a2, a3] = [w[weights + 2 * termStep]!, w[weights + 3 * termStep]!];
  const other = weights + rowStep;
  const [b0, b1] = [w[other]!, w[other + termStep]!];
  const [b2, b3] = [w[other + 2 * termStep]!, w[other + 3 * termStep]!];
  for (let i = 0; i < count; i++) {
    const at = from + i;
    const x0 = x[at]!;
    const x1 = x[at + xStep]!;
    const x2 = x[at + 2 * xStep]!;
    const x3 = x[at + 3 * xStep]!;
    y[to + i] = y[to + i]! + a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
    y[to + yStep + i] = y[to + yStep + i]! + b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3;
  }
}

function singleBlock(
  y: Float32Array,
  { w, weights, rowStep, termStep, x, from, xStep, to, yStep, count }: Block,
): void {
  const { fround } = Math;
  const [a0, a1] = [w[weights]!, w[weights + termStep]!];
  const [a2, a3] = [w[weights + 2 * termStep]!, w[weights + 3 * termStep]!];
  const other = weights + rowStep;
  const [b0, b1] = [w[other]!, w[other + termStep]!];
  const [b2, b3] = [w[other + 2 * termStep]!, w[other + 3 * termStep]!];
  for (let i = 0; i < count; i++) {
    const at = from + i;
    const x0 = x[at]!;
    const x1 = x[at + xStep]!;
    const x2 = x[at + 2 * xStep]!;
    const x3 = x[at + 3 * xStep]!;
    const a = fround(fround(fround(y[to + i]! + a0 * x0) + a1 * x1) + a2 * x2);
    y[to + i] = a + a3 * x3;
    const b = fround(fround(fround(y[to + yStep + i]! + b0 * x0) + b1 * x1) + b2 * x2);
    y[to + yStep + i] = b + b3 * x3;
  }
}
