/** Matrix products, inner products, and the weight update built on them. */
import { sizeOf } from '../../graph/tensor.ts';
import { sums } from './arithmetic.ts';
import { broadcastPositions, numbers, operand, outputShape, type Kernels } from './kernel.ts';
import { addProduct } from './product.ts';

export const linear: Kernels<'MatMul' | 'Gemm' | 'Dot' | 'SgdMomentum'> = {
  MatMul: (inputs, _, shapes) => {
    const [a, b] = [operand(inputs, 0).shape, operand(inputs, 1).shape];
    const [rows, inner, columns] = [a.at(-2) ?? 1, a.at(-1) ?? 1, b.at(-1) ?? 1];
    const batch = outputShape(shapes).slice(0, -2);
    const aAt = broadcastPositions(a.slice(0, -2), batch);
    const bAt = broadcastPositions(b.slice(0, -2), batch);
    const y = sums(sizeOf(outputShape(shapes)));
    for (let i = 0; i < aAt.length; i++) {
      addProduct(
        { data: numbers(inputs, 0), start: aAt[i]! * rows * inner, steps: [inner, 1] },
        { data: numbers(inputs, 1), start: bAt[i]! * inner * columns, step: columns },
        { data: y, start: i * rows * columns, step: columns },
        { rows, inner, columns },
      );
    }
    return [y];
  },

  Gemm: (inputs, { alpha, beta, transA, transB }, shapes) => {
    const shape = outputShape(shapes);
    const [rows, columns] = [shape[0] ?? 1, shape[1] ?? 1];
    const inner = operand(inputs, 0).shape[transA ? 0 : 1] ?? 1;
    const y = sums(rows * columns);
    const b = numbers(inputs, 1);
    addProduct(
      { data: numbers(inputs, 0), start: 0, steps: transA ? [1, rows] : [inner, 1] },
      { data: transB ? turned(b, columns, inner) : b, start: 0, step: columns },
      { data: y, start: 0, step: columns },
      { rows, inner, columns },
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

/** A matrix of so many rows, its columns as rows. */
function turned(data: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column]!;
    }
  }
  return result;
}
