/**
 * Convolution and its two adjoints.
 *
 * The three ops are one walk over the same triples (an element of x, an element of y, a weight between them) and
 * differ in which of the three is written: y = Σ w·x, x = Σ w·y, w = Σ x·y.
 */
import type { ConvAttributes } from '../../graph/attributes.ts';
import { inOrder, sums } from './arithmetic.ts';
import { addProduct } from './product.ts';
import { extents, numbers, operand, outputShape, type Kernels } from './kernel.ts';

export const convolution: Kernels<'Conv' | 'ConvTranspose' | 'ConvFilterGrad'> = {
  // Filters of one channel each meet too little for a product.
  Conv: (inputs, attributes, shapes) => {
    const [x, w] = [numbers(inputs, 0), numbers(inputs, 1)];
    const shape = outputShape(shapes);
    const [batch, outputs, oh, ow] = extents(shape);
    const y = sums(batch * outputs * oh * ow);
    if (inputs.length > 2) {
      const bias = numbers(inputs, 2);
      for (let i = 0; i < batch * outputs; i++) {
        y.fill(bias[i % outputs]!, i * oh * ow, (i + 1) * oh * ow);
      }
    }
    const filter = operand(inputs, 1).shape;
    if (filter[1] === 1) {
      const step = attributes.strides[1];
      eachRun(operand(inputs, 0).shape, shape, filter, attributes, (xAt, yAt, wAt, count) => {
        const weight = w[wAt]!;
        for (let i = 0; i < count; i++) y[yAt + i]! += weight * x[xAt + i * step]!;
      });
    } else
      convolve(
        { data: x, shape: operand(inputs, 0).shape },
        { data: w, shape: filter },
        { data: y, shape },
        attributes,
      );
    return [y];
  },

  /** What it takes is shaped like the output of the convolution it is the adjoint of, and the other way round. */
  ConvTranspose: (inputs, attributes, shapes) => {
    const [y, w] = [numbers(inputs, 0), numbers(inputs, 1)];
    const shape = outputShape(shapes);
    const [batch, channels, height, width] = extents(shape);
    const x = sums(batch * channels * height * width);
    const step = attributes.strides[1];
    eachRun(shape, operand(inputs, 0).shape, operand(inputs, 1).shape, attributes, (xAt, yAt, wAt, count) => {
      const weight = w[wAt]!;
      for (let i = 0; i < count; i++) x[xAt + i * step]! += weight * y[yAt + i]!;
    });
    return [x];
  },

  ConvFilterGrad: (inputs, attributes, shapes) => {
    const [x, dy] = [numbers(inputs, 0), numbers(inputs, 1)];
    const shape = outputShape(shapes);
    const [outputs, perGroup, kh, kw] = extents(shape);
    const dw = new Float64Array(outputs * perGroup * kh * kw);
    const step = attributes.strides[1];
    eachRun(operand(inputs, 0).shape, operand(inputs, 1).shape, shape, attributes, (xAt, yAt, wAt, count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += x[xAt + i * step]! * dy[yAt + i]!;
      dw[wAt]! += sum;
    });
    return [dw];
  },
};

interface Held<Data> {
  readonly data: Data;
  readonly shape: readonly number[];
}

/** Elements of x that are laid out for a product at once. */
const laidOut = 2 ** 20;

/**
 * Adds a convolution to y as a product of matrices: filters [O, I/group·kh·kw] by what each of their elements meets,
 * [I/group·kh·kw, positions], some lines of y at a time.
 */
function convolve(
  x: Held<Float64Array>,
  w: Held<Float64Array>,
  y: Held<Float64Array | Float32Array>,
  attributes: ConvAttributes,
): void {
  const { group } = attributes;
  const [batch, channels, height, width] = extents(x.shape);
  const [, outputs, oh, ow] = extents(y.shape);
  const [, perGroup, kh, kw] = extents(w.shape);
  const inner = perGroup * kh * kw;
  const rows = outputs / group;
  const lines = Math.max(1, Math.min(oh, Math.floor(laidOut / (inner * ow))));
  const met = isPlain(w.shape, attributes) ? undefined : new Float64Array(inner * lines * ow);
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < group; g++) {
      const plane = (n * channels + g * perGroup) * height * width;
      const filters = { data: w.data, start: g * rows * inner, steps: [inner, 1] as const };
      for (let top = 0; top < oh; top += lines) {
        const count = Math.min(lines, oh - top);
        const to = { data: y.data, start: ((n * outputs + g * rows) * oh + top) * ow, step: oh * ow };
        const columns = count * ow;
        if (met === undefined) {
          const from = { data: x.data, start: plane + top * ow, step: oh * ow };
          addProduct(filters, from, to, { rows, inner, columns });
          continue;
        }
        met.fill(0);
        layOut(x, plane, met, { perGroup, kh, kw, top, count, ow }, attributes);
        addProduct(filters, { data: met, start: 0, step: columns }, to, { rows, inner, columns });
      }
    }
  }
}

/** Whether each element of the output meets the one element in its own place. */
function isPlain(filter: readonly number[], { strides, pads }: ConvAttributes): boolean {
  const [, , kh, kw] = extents(filter);
  return kh === 1 && kw === 1 && [...strides].every((s) => s === 1) && [...pads].every((pad) => pad === 0);
}

interface Lines {
  readonly perGroup: number;
  readonly kh: number;
  readonly kw: number;
  /** The first line of y, and how many. */
  readonly top: number;
  readonly count: number;
  readonly ow: number;
}

/** Writes what each element of a filter meets, a row for each; in the padding it stays 0. */
function layOut(
  { data, shape }: Held<Float64Array>,
  plane: number,
  met: Float64Array,
  { perGroup, kh, kw, top, count, ow }: Lines,
  { strides, pads, dilations }: ConvAttributes,
): void {
  const [, , height, width] = extents(shape);
  for (let i = 0; i < perGroup; i++) {
    for (let ky = 0; ky < kh; ky++) {
      const down = ky * dilations[0] - pads[0];
      const [first, last] = reached(height, top + count, strides[0], down);
      for (let kx = 0; kx < kw; kx++) {
        const across = kx * dilations[1] - pads[1];
        const [left, right] = reached(width, ow, strides[1], across);
        const row = ((i * kh + ky) * kw + kx) * count * ow;
        for (let line = Math.max(first, top); line < last; line++) {
          const from = plane + (i * height + line * strides[0] + down) * width + across;
          const to = row + (line - top) * ow;
          for (let at = left; at < right; at++) met[to + at] = data[from + at * strides[1]]!;
        }
      }
    }
  }
}

/**
 * Visits every triple of the convolution from x [N, I, H, W] to y [N, O, oh, ow] by w [O, I/group, kh, kw], a row at
 * a time: `count` elements from `y`, one apart, meet as many from `x`, a stride apart, over the weight `w`.
 * Elements that fall into the padding are left out.
 */
function eachRun(
  xShape: readonly number[],
  yShape: readonly number[],
  wShape: readonly number[],
  { strides, pads, dilations, group }: ConvAttributes,
  body: (x: number, y: number, w: number, count: number) => void,
): void {
  const [batch, channels, height, width] = extents(xShape);
  const [, outputs, oh, ow] = extents(yShape);
  const [, perGroup, kh, kw] = extents(wShape);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const firstChannel = Math.floor(o / (outputs / group)) * perGroup;
      const yPlane = (n * outputs + o) * oh * ow;
      for (let nth = 0; nth < perGroup; nth++) {
        const i = inOrder(nth, perGroup);
        const xPlane = (n * channels + firstChannel + i) * height * width;
        const filter = (o * perGroup + i) * kh * kw;
        for (let row = 0; row < kh; row++) {
          const ky = inOrder(row, kh);
          const down = ky * dilations[0] - pads[0];
          const [top, bottom] = reached(height, oh, strides[0], down);
          for (let column = 0; column < kw; column++) {
            const kx = inOrder(column, kw);
            const across = kx * dilations[1] - pads[1];
            const [left, right] = reached(width, ow, strides[1], across);
            if (right <= left) continue;
            for (let line = top; line < bottom; line++) {
              const x = xPlane + (line * strides[0] + down) * width + left * strides[1] + across;
              body(x, yPlane + line * ow + left, filter + ky * kw + kx, right - left);
            }
          }
        }
      }
    }
  }
}

/** Those i of 0 … count − 1, from first to before last, whose i·stride + offset lies in 0 … size − 1. */
function reached(size: number, count: number, stride: number, offset: number): [number, number] {
  const first = Math.max(0, Math.ceil(-offset / stride));
  const last = Math.min(count, Math.floor((size - 1 - offset) / stride) + 1);
  return [first, last];
}
