/**
 * Floats of 8 bits and fewer, of which JavaScript has no arrays: the numbers that their bits stand for, and the bits of numbers.
 *
 * Source: https://onnx.ai/onnx/technical/float8.html, float4.html
 */

/** What a type has beside a sign. */
interface Format {
  readonly bits: 4 | 8;
  /** Bits of the fraction. */
  readonly fraction: number;
  readonly bias: number;
  /** The largest number. */
  readonly most: number;
  /** Which codes are no finite numbers: those of IEEE, the last, that of −0, or none. */
  readonly special: 'ieee' | 'last' | 'negative zero' | 'none';
}

const formats = {
  float8e4m3fn: { bits: 8, fraction: 3, bias: 7, most: 448, special: 'last' },
  float8e4m3fnuz: { bits: 8, fraction: 3, bias: 8, most: 240, special: 'negative zero' },
  float8e5m2: { bits: 8, fraction: 2, bias: 15, most: 57344, special: 'ieee' },
  float8e5m2fnuz: { bits: 8, fraction: 2, bias: 16, most: 57344, special: 'negative zero' },
  float4e2m1: { bits: 4, fraction: 1, bias: 1, most: 6, special: 'none' },
} as const satisfies Record<string, Format>;

export type SmallFloat = keyof typeof formats;

export function isSmallFloat(dtype: string): dtype is SmallFloat {
  return Object.hasOwn(formats, dtype);
}

export function formatOf(dtype: SmallFloat): Format {
  return formats[dtype];
}

/** The number that the bits of an element stand for. */
export function fromSmallFloat(dtype: SmallFloat, code: number): number {
  const { bits, fraction, bias, special } = formatOf(dtype);
  const top = 2 ** (bits - 1);
  const sign = code & top ? -1 : 1;
  const size = code & (top - 1);
  if (special === 'negative zero' && code === top) return NaN;
  if (special === 'last' && size === top - 1) return NaN;
  const [exponent, rest] = [size >> fraction, size & (2 ** fraction - 1)];
  if (special === 'ieee' && exponent === 2 ** (bits - 1 - fraction) - 1) {
    return rest === 0 ? sign * Infinity : NaN;
  }
  if (exponent === 0) return sign * rest * 2 ** (1 - bias - fraction);
  return sign * (1 + rest / 2 ** fraction) * 2 ** (exponent - bias);
}

/** The bits of a number that the type has. */
export function toSmallFloat(dtype: SmallFloat, value: number): number {
  const { bits, fraction, bias, special } = formatOf(dtype);
  const top = 2 ** (bits - 1);
  if (special === 'negative zero' && (Number.isNaN(value) || value === 0)) return value === 0 ? 0 : top;
  const sign = value < 0 || Object.is(value, -0) ? top : 0;
  if (Number.isNaN(value)) return special === 'ieee' ? top - 2 : top - 1;
  const size = Math.abs(value);
  if (size === Infinity) return sign | (top - 2 ** fraction);
  const exponent = Math.max(1 - bias, Math.floor(Math.log2(size)));
  const steps = Math.round(size / 2 ** (exponent - fraction));
  // A step up from the largest number of an exponent is the smallest of the next.
  return sign | (((exponent + bias - 1) << fraction) + steps);
}

/** A power of two: no sign, no 0. */
export function fromExponent(code: number): number {
  return code === 255 ? NaN : 2 ** (code - 127);
}
