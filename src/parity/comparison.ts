/** How far apart two runtimes are, gathered tensor by tensor. */
import { isFloat, type AnyTensor } from '../runtime/any-tensor.ts';

/** Where an element stands. `at` is the input: `test image 37`. */
export interface Place {
  readonly at: string;
  readonly output: string;
  /** Position in the row of the output that belongs to the input. */
  readonly index: number;
}

export interface Worst extends Place {
  readonly given: number;
  readonly expected: number;
  /** How far off it may be; where noise is what is limited, the root of the mean of all squares. */
  readonly allowed: number;
}

export interface Agreement {
  readonly agreed: number;
  readonly total: number;
  /** The first input on which the two differ. */
  readonly firstDifferent: string | null;
}

/** What one element may be off: `absolute`, and as a share of what is expected of it. */
export interface Allowance {
  readonly absolute: number;
  readonly relative: number;
  /**
   * 1 for an element of which float32 does not tell whether it is finite: it may be no finite number, or one that is further
   * from 0 than what is expected.
   */
  readonly loose?: Uint8Array | undefined;
  /** What is below a size may be off by less. */
  readonly small?: { readonly below: number; readonly absolute: number } | undefined;
  /** What comes from some parts may be off by less; NaN of the others. */
  readonly parts?: { readonly of: Float64Array; readonly absolute: Float64Array } | undefined;
  /** How much further off each may be, of which the last digits of other numbers decide. */
  readonly undecided?: Float64Array | undefined;
  /** How many of them may be further off, where it is not known which. */
  readonly otherwise?: number | undefined;
  /** By how many decibels the signal of all elements must be above the noise, instead of what each may be off. */
  readonly decibels?: number | undefined;
}

/** Differences of one size. */
export interface Bin {
  /** A power of ten; 0 for no difference at all. */
  readonly upTo: number;
  readonly elements: number;
}

/** Plain data. Distances are over the elements that are finite on both sides. */
export interface Distances {
  readonly elements: number;
  readonly largestAbsolute: number;
  /** |a − b| / |b|, over elements where b is not 0 and the two are not next to nothing apart. */
  readonly largestRelative: number;
  /** 99 % of the elements are at most this far apart; at most 3 % too large. */
  readonly p99: number;
  /** The smallest absolute tolerance that would pass, given the relative one of the gate. */
  readonly requiredAbsolute: number;
  /** The largest share of its allowance that an element is off: 1 is as far as is allowed. */
  readonly used: number;
  /** Where `used` comes from. */
  readonly worst: Worst | null;
  /** The least of any output of any input: 1 for the same direction. Null where all values are 0. */
  readonly cosine: number | null;
  /** Signal to noise in decibels, the least of any output of any input; null where there is no noise at all. */
  readonly signalToNoise: number | null;
  readonly histogram: readonly Bin[];
  /** Elements that are NaN or infinite on one side only, or not alike on both. */
  readonly notFinite: number;
  /** Elements that are NaN on both sides, or the same infinity: they agree. */
  readonly notFiniteAlike: number;
  readonly firstNotFinite: Place | null;
}

/**
 * Below this, runtimes may take numbers for 0: 16 times the smallest normal float32, where parts of a number are below it. Such
 * numbers count for 0 in directions, ratios and noise.
 */
export const negligible = 2 ** -122;

/** Bins for each doubling of the distance, and the smallest distance told apart from 0, as a power of 2. */
const binsPerOctave = 24;
const smallest = -160;

/** The first bin is for no distance at all, the second for those too small to be told apart. */
function binOf(distance: number): number {
  if (distance === 0) return 0;
  return 1 + Math.ceil((Math.max(smallest, Math.log2(distance)) - smallest) * binsPerOctave);
}

/** The largest distance that a bin is for. */
function topOf(bin: number): number {
  return bin === 0 ? 0 : 2 ** ((bin - 1) / binsPerOctave + smallest);
}

/** Doubles whose squares, or the sums of these, are beyond doubles are squared in this unit. */
const hugeFrom = 2 ** 480;
const hugeUnit = 2 ** -540;

function unitOf(...tensors: readonly AnyTensor[]): number {
  const isHuge = (value: number): boolean => Math.abs(value) >= hugeFrom && Math.abs(value) < Infinity;
  return tensors.some(({ data }) => data instanceof Float64Array && data.some(isHuge)) ? hugeUnit : 1;
}

export class Comparison {
  readonly #bins = new Float64Array(binOf(Number.MAX_VALUE) + 1);
  #elements = 0;
  #largestAbsolute = 0;
  #largestRelative = 0;
  #required = 0;
  #used = 0;
  #worst: Worst | null = null;
  #cosine: number | null = null;
  #signalToNoise: number | null = null;
  #notFinite = 0;
  #notFiniteAlike = 0;
  #firstNotFinite: Place | null = null;
  #otherwise = 0;

  /**
   * Compares one output, of one shape on both sides.
   *
   * @param allowance of each of its elements
   * @param where names the input that a row of it (axis 0) belongs to
   * @returns the largest share of its allowance that an element is off; -1 where no two are compared
   */
  add(
    output: string,
    given: AnyTensor,
    expected: AnyTensor,
    { absolute, relative, loose, small, parts, undecided, otherwise = 0, decibels }: Allowance,
    where: (row: number) => string,
  ): number {
    const limitOf = (size: number, i: number): number => {
      const of = parts?.absolute[parts.of[i] ?? -1];
      if (of !== undefined && !Number.isNaN(of)) return of;
      return (small !== undefined && size < small.below ? small.absolute : absolute) + relative * size;
    };
    const rows = expected.shape[0] ?? 1;
    const width = Math.max(1, expected.data.length / rows);
    const place = (i: number): Place => ({ at: where(Math.floor(i / width)), output, index: i % width });
    const bins = this.#bins;
    // A language model has tens of millions of elements: the walk over them keeps to locals.
    let [largestAbsolute, largestRelative, required] = [0, 0, 0];
    let [used, at, notFinite, firstNotFinite, alike] = [-1, -1, 0, -1, 0];
    let finite = 0;
    let [beyond, usedWithin] = [0, -1];
    const unit = unitOf(given, expected);
    let [product, givenSquares, squares, noise] = [0, 0, 0, 0];
    for (let i = 0; i < expected.data.length; i++) {
      const a = given.data[i] ?? Number.NaN;
      const b = expected.data[i] ?? Number.NaN;
      if (loose?.[i] === 1 && (!Number.isFinite(a) || !Number.isFinite(b) || (b < 0 ? a <= b : a >= b))) {
        alike += 1;
        continue;
      }
      if (!Number.isFinite(a) || !Number.isFinite(b)) {
        if (Object.is(a, b)) {
          alike += 1;
          continue;
        }
        if (notFinite === 0) firstNotFinite = i;
        notFinite += 1;
        continue;
      }
      const distance = Math.abs(a - b);
      const size = Math.abs(b);
      const bin = binOf(distance);
      bins[bin] = (bins[bin] ?? 0) + 1;
      if (size > negligible || Math.abs(a) > negligible) {
        const [one, other] = [a * unit, b * unit];
        product += one * other;
        givenSquares += one * one;
        squares += other * other;
      }
      if (distance > largestAbsolute) largestAbsolute = distance;
      // Where noise is limited, the furthest stands for all.
      const limit = decibels === undefined ? limitOf(size, i) : 1;
      if (undecided !== undefined && distance > limit && distance <= limit + (undecided[i] ?? 0)) {
        this.#otherwise += 1;
        finite += 1;
        used = Math.max(used, 0);
        continue;
      }
      if (distance > negligible) {
        noise += (distance * unit) ** 2;
        if (b !== 0 && distance / size > largestRelative) largestRelative = distance / size;
      }
      if (distance - relative * size > required) required = distance - relative * size;
      finite += 1;
      const share = distance === 0 ? 0 : distance / limit;
      if (share > used) [used, at] = [share, i];
      if (share > 1) beyond += 1;
      else if (share > usedWithin) usedWithin = share;
    }
    if (beyond > 0 && beyond <= otherwise) {
      this.#otherwise += beyond;
      [used, at, required] = [Math.max(usedWithin, 0), -1, 0];
    }
    this.#elements += expected.data.length;
    this.#largestAbsolute = Math.max(this.#largestAbsolute, largestAbsolute);
    this.#largestRelative = Math.max(this.#largestRelative, largestRelative);
    this.#required = Math.max(this.#required, required);
    this.#notFinite += notFinite;
    this.#notFiniteAlike += alike;
    if (firstNotFinite >= 0) this.#firstNotFinite ??= place(firstNotFinite);
    if (givenSquares > 0 || squares > 0) {
      const cosine =
        givenSquares === 0 || squares === 0 ? 0 : product / (Math.sqrt(givenSquares) * Math.sqrt(squares));
      this.#cosine = Math.min(this.#cosine ?? 1, cosine);
    }
    if (noise > 0) {
      const decibels = squares === 0 ? 0 : 10 * Math.log10(squares / noise);
      this.#signalToNoise = Math.min(this.#signalToNoise ?? Infinity, decibels);
    }
    const noiseAllowed = decibels === undefined ? 0 : Math.sqrt(squares * 10 ** (-decibels / 10)) / unit;
    if (decibels !== undefined)
      used = noise === 0 ? Math.min(used, 0) : Math.sqrt(noise) / unit / noiseAllowed;
    if (at < 0 || (used <= this.#used && this.#worst !== null)) return used;
    this.#used = used;
    const [value, wanted] = [given.data[at] ?? 0, expected.data[at] ?? 0];
    const allowed =
      decibels === undefined ? limitOf(Math.abs(wanted), at) : noiseAllowed / Math.sqrt(Math.max(1, finite));
    this.#worst = { ...place(at), given: value, expected: wanted, allowed };
    return used;
  }

  /** Adds what another has gathered. */
  absorb(other: Comparison): void {
    for (const [bin, count] of other.#bins.entries()) this.#bins[bin] = (this.#bins[bin] ?? 0) + count;
    this.#elements += other.#elements;
    this.#largestAbsolute = Math.max(this.#largestAbsolute, other.#largestAbsolute);
    this.#largestRelative = Math.max(this.#largestRelative, other.#largestRelative);
    this.#required = Math.max(this.#required, other.#required);
    this.#notFinite += other.#notFinite;
    this.#notFiniteAlike += other.#notFiniteAlike;
    this.#otherwise += other.#otherwise;
    this.#firstNotFinite ??= other.#firstNotFinite;
    if (other.#cosine !== null) this.#cosine = Math.min(this.#cosine ?? 1, other.#cosine);
    if (other.#signalToNoise !== null) {
      this.#signalToNoise = Math.min(this.#signalToNoise ?? Infinity, other.#signalToNoise);
    }
    if (other.#worst === null || (other.#used <= this.#used && this.#worst !== null)) return;
    this.#used = other.#used;
    this.#worst = other.#worst;
  }

  /** Numbers that are others, as the last digits of what decides them allow. */
  get otherwise(): number {
    return this.#otherwise;
  }

  get distances(): Distances {
    return {
      elements: this.#elements,
      largestAbsolute: this.#largestAbsolute,
      largestRelative: this.#largestRelative,
      p99: this.#percentile(0.99),
      requiredAbsolute: this.#required,
      used: this.#used,
      worst: this.#worst,
      cosine: this.#cosine,
      signalToNoise: this.#signalToNoise,
      histogram: this.#histogram(),
      notFinite: this.#notFinite,
      notFiniteAlike: this.#notFiniteAlike,
      firstNotFinite: this.#firstNotFinite,
    };
  }

  /** By powers of ten. */
  #histogram(): readonly Bin[] {
    const counts = new Map<number, number>();
    for (const [bin, count] of this.#bins.entries()) {
      if (count === 0) continue;
      const upTo = bin === 0 ? 0 : 10 ** Math.ceil(Math.log10(topOf(bin)) - 1e-9);
      counts.set(upTo, (counts.get(upTo) ?? 0) + count);
    }
    return [...counts].map(([upTo, elements]) => ({ upTo, elements }));
  }

  /** From counts rather than from a sorted list, which for a language model would be gigabytes. */
  #percentile(share: number): number {
    const wanted = share * (this.#elements - this.#notFinite - this.#notFiniteAlike);
    let seen = 0;
    for (const [bin, count] of this.#bins.entries()) {
      seen += count;
      if (count > 0 && seen >= wanted) return Math.min(topOf(bin), this.#largestAbsolute);
    }
    return 0;
  }
}

/** Of several together. */
export function together(comparisons: Iterable<Comparison>): Distances {
  const all = new Comparison();
  for (const comparison of comparisons) all.absorb(comparison);
  return all.distances;
}

/** Whether the highest value of each row (the last axis) stands at the same place. */
export class Top1 {
  #agreed = 0;
  #total = 0;
  #firstDifferent: string | null = null;

  /** Rows that hold no ranking (a scalar, a list, one value) are passed over. */
  add(given: AnyTensor, expected: AnyTensor, where: (row: number) => string): void {
    const width = expected.shape.at(-1) ?? 0;
    if (!isFloat(expected.dtype) || expected.shape.length < 2 || width < 2) return;
    const rows = expected.data.length / width;
    const rowsPerInput = Math.max(1, rows / (expected.shape[0] ?? 1));
    for (let row = 0; row < rows; row++) {
      const best = highest(expected, row, width);
      this.#total += 1;
      // Logits closer to each other than the runtimes are do not excuse: whoever reads the label gets another one.
      if (best >= 0 && best === highest(given, row, width)) this.#agreed += 1;
      else this.#firstDifferent ??= where(Math.floor(row / rowsPerInput));
    }
  }

  get agreement(): Agreement {
    return { agreed: this.#agreed, total: this.#total, firstDifferent: this.#firstDifferent };
  }
}

/** The first of the highest; -1 where some value is not a number. */
function highest({ data }: AnyTensor, row: number, width: number): number {
  let best = 0;
  for (let k = 0; k < width; k++) {
    const value = data[row * width + k] ?? Number.NaN;
    if (Number.isNaN(value)) return -1;
    if (value > (data[row * width + best] ?? 0)) best = k;
  }
  return best;
}
