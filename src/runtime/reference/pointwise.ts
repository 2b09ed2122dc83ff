/**
 * Convolutions by filters of one element, which are most of the work of the networks here: several channels at a time.
 *
 * Each output is the same sum in the same order as by the walk of `convolution.ts`, so that not a bit differs.
 */

/** From x [N, I, size] to y [N, O, size] by w [O, I/group]; y holds what the sums begin with. */
export function pointwise(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  y: Float64Array,
  { batch, channels, outputs, group, size }: PointwiseSizes,
): void {
  const [inputsPer, outputsPer] = [channels / group, outputs / group];
  for (let n = 0; n < batch; n++) {
    for (let o = 0, next = 0; o < outputs; o = next) {
      const firstInput = n * channels + Math.floor(o / outputsPer) * inputsPer;
      // Two of one group read the same channels.
      const pair = o + 1 < outputs && Math.floor((o + 1) / outputsPer) === Math.floor(o / outputsPer);
      next = o + (pair ? 2 : 1);
      const row = (n * outputs + o) * size;
      for (let i = 0; i < inputsPer; i += 4) {
        const plane = (firstInput + i) * size;
        const weight = o * inputsPer + i;
        const count = Math.min(4, inputsPer - i);
        if (count < 4 || !pair) {
          for (let k = 0; k < count; k++) {
            single(x, w[weight + k]!, y, plane + k * size, row, size);
            if (pair) single(x, w[weight + inputsPer + k]!, y, plane + k * size, row + size, size);
          }
        } else twice(x, w, y, { plane, weight, inputsPer, row, size });
      }
    }
  }
}

export interface PointwiseSizes {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  readonly group: number;
  /** Positions of an image. */
  readonly size: number;
}

interface Block {
  readonly plane: number;
  readonly weight: number;
  readonly inputsPer: number;
  readonly row: number;
  readonly size: number;
}

function single(
  x: ArrayLike<number>,
  weight: number,
  y: Float64Array,
  plane: number,
  row: number,
  size: number,
): void {
  for (let p = 0; p < size; p++) y[row + p]! += weight * x[plane + p]!;
}

/** Four channels to two outputs. */
function twice(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  y: Float64Array,
  { plane, weight, inputsPer, row, size }: Block,
): void {
  const other = weight + inputsPer;
  const [a0, a1, a2, a3] = [w[weight]!, w[weight + 1]!, w[weight + 2]!, w[weight + 3]!];
  const [b0, b1, b2, b3] = [w[other]!, w[other + 1]!, w[other + 2]!, w[other + 3]!];
  for (let p = 0; p < size; p++) {
    const at = plane + p;
    const x0 = x[at]!;
    const x1 = x[at + size]!;
    const x2 = x[at + 2 * size]!;
    const x3 = x[at + 3 * size]!;
    y[row + p] = y[row + p]! + a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
    y[row + size + p] = y[row + size + p]! + b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3;
  }
}
