/** Matrix products, inner products, and the weight update built on them. */
import { sizeOf } from '../../graph/tensor.ts';
import { inOrder, sums } from './arithmetic.ts';
import { broadcastPositions, numbers, operand, outputShape, positions, type Kernels } from './kernel.ts';

export const linear: Kernels<'MatMul' | 'Gemm' | 'Dot' | 'SgdMomentum'> = {
  MatMul: (inputs, _, shapes) => {
    const [a, b] = [operand(inputs, 0).shape, operand(inputs, 1).shape];
    const [rows, inner, columns] = [a.at(-2) ?? 1, a.at(-1) ?? 1, b.at(-1) ?? 1];
    const batch = outputShape(shapes).slice(0, -2);
    const aAt = broadcastPositions(a.slice(0, -2), batch);
    const bAt = broadcastPositions(b.slice(0, -2), batch);
    const y = sums(sizeOf(outputShape(shapes)));
    for (let i = 0; i < aAt.length; i++) {
      multiply(
        { data: numbers(inputs, 0), start: aAt[i]! * rows * inner, steps: [inner, 1] },
        { data: numbers(inputs, 1), start: bAt[i]! * inner * columns, steps: [columns, 1] },
        { data: y, start: i * rows * columns, rows, columns, inner },
      );
    }
    return [y];
  },

  Gemm: (inputs, { alpha, beta, transA, transB }, shapes) => {
    const shape = outputShape(shapes);
    const [rows, columns] = [shape[0] ?? 1, shape[1] ?? 1];
    const inner = operand(inputs, 0).shape[transA ? 0 : 1] ?? 1;
    const y = sums(rows * columns);
    multiply(
      { data: numbers(inputs, 0), start: 0, steps: transA ? [1, rows] : [inner, 1] },
      { data: numbers(inputs, 1), start: 0, steps: transB ? [1, inner] : [columns, 1] },
      { data: y, start: 0, rows, columns, inner },
    );
    for (let i = 0; i < y.length; i++) y[i]! *= alpha;
    if (inputs.length > 2) {
      const c = numbers(inputs, 2);
      broadcastPositions(operand(inputs, 2).shape, shape).forEach((from, i) => {
        y[i]! += beta * c[from]!;
      });
    }
    return [y];
  },

  Dot: (inputs) => {
    const [a, b] = [numbers(inputs, 0), numbers(inputs, 1)];
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
    return [Float64Array.of(sum)];
  },

  SgdMomentum: (inputs, { momentum, weight_decay }) => {
    const [w, dw, velocity] = [numbers(inputs, 0), numbers(inputs, 1), numbers(inputs, 2)];
    const [rate, clip] = [numbers(inputs, 3)[0]!, numbers(inputs, 4)[0]!];
    const next = velocity.map((v, i) => momentum * v + clip * dw[i]! + weight_decay * w[i]!);
    return [w.map((value, i) => value - rate * next[i]!), next];
  },
};

/** A matrix inside an array: `steps` from one row, and from one column, to the next. */
interface Matrix {
  readonly data: Float64Array;
  readonly start: number;
  readonly steps: readonly [number, number];
}

interface Product {
  readonly data: Float64Array | Float32Array;
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}

/** Adds the product of `a` and `b` to `y`. */
function multiply(a: Matrix, b: Matrix, y: Product): void {
  const [x, w, out] = [a.data, b.data, y.data];
  const [bRow, bColumn] = b.steps;
  const starts = positions([y.rows], [a.steps[0]], a.start);
  for (let row = 0; row < y.rows; row++) {
    for (let nth = 0; nth < y.inner; nth++) {
      const k = inOrder(nth, y.inner);
      const factor = x[starts[row]! + k * a.steps[1]]!;
      const from = b.start + k * bRow;
      const to = y.start + row * y.columns;
      for (let column = 0; column < y.columns; column++) {
        out[to + column]! += factor * w[from + column * bColumn]!;
      }
    }
  }
}
