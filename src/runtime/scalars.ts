/** Functions of one number that JavaScript lacks, in double precision. */

/** 2/√π ∫₀ˣ e^(−t²) dt: by Kummer's series, whose terms are all of one sign, and by the continued fraction far out. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  if (size > 6) return Math.sign(x);
  const bell = Math.exp(-size * size);
  if (size > 3) return Math.sign(x) * (1 - (bell / Math.sqrt(Math.PI)) * complement(size));
  let [term, total] = [size, size];
  for (let n = 1; term > total * 1e-17; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    total += term;
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * bell * total;
}

/** √π e^(x²) erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))). */
function complement(x: number): number {
  let fraction = x;
  for (let k = 60; k >= 1; k--) fraction = x + k / 2 / fraction;
  return 1 / fraction;
}

/** To the nearest whole number, halves to the even one. */
export function roundToEven(x: number): number {
  const below = Math.floor(x);
  const over = x - below;
  if (over !== 0.5) return over < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** As C has it: 1 to any power is 1, and anything to the power of 0; JavaScript gives NaN for 1 to ±∞ or NaN. */
export function power(base: number, exponent: number): number {
  if (base === 1) return 1;
  return base === -1 && Math.abs(exponent) === Infinity ? 1 : base ** exponent;
}
