/** Elementwise ops, with NumPy's broadcasting. */
import type { OpName } from '../../graph/attributes.ts';
import { sizeOf, type Tensor, type TensorData } from '../../graph/tensor.ts';
import type { DType } from '../../graph/types.ts';
import { erf, power, roundToEven } from '../scalars.ts';
import { within32 } from '../within32.ts';
import { beforeSteps, inOrder, sums } from './arithmetic.ts';
import { asLibrary, powerAsLibrary } from './libraries.ts';
import {
  broadcastPositions,
  emptyLike,
  numbers,
  operand,
  outputShape,
  sameShape,
  type Kernel,
  type Kernels,
} from './kernel.ts';

type Elementwise =
  | 'Identity'
  | 'Neg'
  | 'Abs'
  | 'Exp'
  | 'Log'
  | 'Sqrt'
  | 'Reciprocal'
  | 'Relu'
  | 'Sigmoid'
  | 'Tanh'
  | 'Erf'
  | 'Sin'
  | 'Cos'
  | 'Atan'
  | 'Floor'
  | 'Round'
  | 'Cast'
  | 'Add'
  | 'Sub'
  | 'Mul'
  | 'Div'
  | 'Pow'
  | 'Min'
  | 'Max'
  | 'Greater'
  | 'Less'
  | 'Equal'
  | 'Where'
  | 'Sum'
  | 'ReluGrad'
  | 'SigmoidGrad'
  | 'TanhGrad';

export const elementwise: Kernels<Elementwise> = {
  Identity: (inputs) => [operand(inputs, 0).data],
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Exp: unary(asLibrary(Math.exp)),
  Log: unary(asLibrary(Math.log)),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(x, 0)),
  // As ½ tanh(x / 2) + ½, too, or as a fraction beside ½: in the tail there is a digit of ½, and no more.
  Sigmoid: unary(asLibrary((x) => 1 / (1 + Math.exp(-x)), { through: 0.5, range: [0, 1] })),
  Tanh: unary(asLibrary(Math.tanh, { range: [-1, 1] })),
  Erf: unary(asLibrary(erf, { range: [-1, 1] })),
  Sin: unary(asLibrary(Math.sin, { range: [-1, 1] })),
  Cos: unary(asLibrary(Math.cos, { range: [-1, 1] })),
  Atan: unary(asLibrary(Math.atan)),
  Floor: unary(Math.floor),
  Round: (inputs) => [Float64Array.from(beforeSteps(operand(inputs, 0).data), roundToEven)],
  // To what it is already: rounded to the numbers that the type has, which are fewer than those computed with here.
  Cast: (inputs, { to }) => {
    const { dtype, data } = operand(inputs, 0);
    return [
      to === 'float32' && dtype === 'float32' ? new Float64Array(new Float32Array(data)) : casts[to](data),
    ];
  },
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  // An array of whole numbers cuts the fraction off.
  Div: binary((a, b) => a / b),
  Pow: binary(powerAsLibrary(power)),
  Min: binary((a, b) => Math.min(a, b)),
  Max: binary((a, b) => Math.max(a, b)),
  Greater: comparison((a, b) => a > b),
  Less: comparison((a, b) => a < b),
  Equal: comparison((a, b) => a === b),
  Where: (inputs, _, shapes) => {
    const shape = outputShape(shapes);
    const [condition, a, b] = [spread(inputs, 0, shape), spread(inputs, 1, shape), spread(inputs, 2, shape)];
    const y = emptyLike(a, sizeOf(shape));
    for (let i = 0; i < y.length; i++) y[i] = condition[i] === 0 ? b[i]! : a[i]!;
    return [y];
  },
  Sum: (inputs) => {
    const y = sums(numbers(inputs, 0).length);
    for (let nth = 0; nth < inputs.length; nth++) {
      const x = numbers(inputs, inOrder(nth, inputs.length));
      for (let i = 0; i < y.length; i++) y[i]! += x[i]!;
    }
    return [y];
  },
  SigmoidGrad: binary((dy, y) => dy * y * (1 - y)),
  TanhGrad: binary((dy, y) => dy * (1 - y * y)),
  ReluGrad: (inputs) => {
    const [dy, y] = [numbers(inputs, 0), numbers(inputs, 1)];
    return [dy.map((value, i) => (y[i]! > 0 ? value : 0))];
  },
};

function unary<K extends OpName>(f: (x: number, at: number) => number): Kernel<K> {
  return (inputs) => {
    const x = numbers(inputs, 0);
    const y = new Float64Array(x.length);
    for (let i = 0; i < y.length; i++) y[i] = f(x[i]!, i);
    return [y];
  };
}

function binary<K extends OpName>(f: (a: number, b: number, at: number) => number): Kernel<K> {
  return (inputs, _, shapes) => {
    const shape = outputShape(shapes);
    const [a, b] = [spread(inputs, 0, shape), spread(inputs, 1, shape)];
    const y = emptyLike(a, sizeOf(shape));
    if (y instanceof Int32Array) {
      for (let i = 0; i < y.length; i++) y[i] = within32(f(a[i]!, b[i]!, i));
    } else for (let i = 0; i < y.length; i++) y[i] = f(a[i]!, b[i]!, i);
    return [y];
  };
}

function comparison<K extends OpName>(holds: (a: number, b: number) => boolean): Kernel<K> {
  return (inputs, _, shapes) => {
    const shape = outputShape(shapes);
    const [a, b] = [spread(inputs, 0, shape), spread(inputs, 1, shape)];
    const y = new Uint8Array(sizeOf(shape));
    for (let i = 0; i < y.length; i++) y[i] = holds(a[i]!, b[i]!) ? 1 : 0;
    return [y];
  };
}

/** The values of input `index`, broadcast to `shape`. */
function spread(inputs: readonly Tensor[], index: number, shape: readonly number[]): TensorData {
  const x = operand(inputs, index);
  return sameShape(x.shape, shape) ? x.data : pick(x.data, broadcastPositions(x.shape, shape));
}

/** `data[from[0]], data[from[1]], …` */
export function pick(data: TensorData, from: Int32Array): TensorData {
  const picked = emptyLike(data, from.length);
  for (let i = 0; i < from.length; i++) picked[i] = data[from[i]!]!;
  return picked;
}

/** Fractions are cut off towards 0; anything but 0 is true. */
export const casts: { readonly [D in DType]: (data: ArrayLike<number>) => TensorData } = {
  float32: (data) => new Float64Array(data),
  int64: (data) => {
    const whole = new Int32Array(data.length);
    for (let i = 0; i < whole.length; i++) whole[i] = within32(Math.trunc(data[i]!));
    return whole;
  },
  bool: (data) => Uint8Array.from(data, (value) => (value === 0 ? 0 : 1)),
};
