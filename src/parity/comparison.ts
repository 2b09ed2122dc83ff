/** How far apart two runtimes are, gathered tensor by tensor. */
import type { Tensor } from '../graph/tensor.ts';

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
}

export interface Agreement {
  readonly agreed: number;
  readonly total: number;
  /** The first input on which the two differ. */
  readonly firstDifferent: string | null;
}

/** Plain data. Distances are over the elements that are finite on both sides. */
export interface Distances {
  readonly elements: number;
  readonly largestAbsolute: number;
  /** |a − b| / |b|, over elements where b is not 0. */
  readonly largestRelative: number;
  /** 99 % of the elements are at most this far apart; at most 3 % too large. */
  readonly p99: number;
  /** The smallest absolute tolerance that would pass, given the gate's relative one. */
  readonly requiredAbsolute: number;
  /** Where `requiredAbsolute` comes from. */
  readonly worst: Worst | null;
  /** Elements that are NaN or infinite on either side. */
  readonly notFinite: number;
  readonly firstNotFinite: Place | null;
}

/** Bins for each doubling of the distance, and the smallest distance told apart from 0, as a power of 2. */
const binsPerOctave = 24;
const smallest = -64;

/** The first bin is for no distance at all, the second for those too small to be told apart. */
function binOf(distance: number): number {
  if (distance === 0) return 0;
  return 1 + Math.ceil((Math.max(smallest, Math.log2(distance)) - smallest) * binsPerOctave);
}

/** The largest distance that a bin is for. */
function topOf(bin: number): number {
  return bin === 0 ? 0 : 2 ** ((bin - 1) / binsPerOctave + smallest);
}

export class Comparison {
  readonly #relative: number;
  readonly #bins = new Float64Array(binOf(Number.MAX_VALUE) + 1);
  #elements = 0;
  #largestAbsolute = 0;
  #largestRelative = 0;
  #required = 0;
  #worst: Worst | null = null;
  #notFinite = 0;
  #firstNotFinite: Place | null = null;

  /** `relative` is what the gate allows relative to the baseline. */
  constructor(relative: number) {
    this.#relative = relative;
  }

  /** Compares one output, of one shape on both sides; `where` names the input that a row of it (axis 0) belongs to. */
  add(output: string, given: Tensor, expected: Tensor, where: (row: number) => string): void {
    const rows = expected.shape[0] ?? 1;
    const width = Math.max(1, expected.data.length / rows);
    const place = (i: number): Place => ({ at: where(Math.floor(i / width)), output, index: i % width });
    const relative = this.#relative;
    const bins = this.#bins;
    // A language model has tens of millions of elements: the walk over them keeps to locals.
    let [largestAbsolute, largestRelative, highest] = [
      this.#largestAbsolute,
      this.#largestRelative,
      -Infinity,
    ];
    let [at, notFinite, firstNotFinite] = [-1, 0, -1];
    for (let i = 0; i < expected.data.length; i++) {
      const a = given.data[i] ?? Number.NaN;
      const b = expected.data[i] ?? Number.NaN;
      if (!Number.isFinite(a) || !Number.isFinite(b)) {
        if (notFinite === 0) firstNotFinite = i;
        notFinite += 1;
        continue;
      }
      const distance = Math.abs(a - b);
      const size = Math.abs(b);
      const bin = binOf(distance);
      bins[bin] = (bins[bin] ?? 0) + 1;
      if (distance > largestAbsolute) largestAbsolute = distance;
      if (b !== 0 && distance / size > largestRelative) largestRelative = distance / size;
      const required = distance - relative * size;
      if (required > highest) {
        highest = required;
        at = i;
      }
    }
    this.#elements += expected.data.length;
    this.#largestAbsolute = largestAbsolute;
    this.#largestRelative = largestRelative;
    this.#notFinite += notFinite;
    if (firstNotFinite >= 0) this.#firstNotFinite ??= place(firstNotFinite);
    if (at < 0 || (highest <= this.#required && this.#worst !== null)) return;
    this.#required = Math.max(0, highest);
    this.#worst = { ...place(at), given: given.data[at] ?? 0, expected: expected.data[at] ?? 0 };
  }

  get distances(): Distances {
    return {
      elements: this.#elements,
      largestAbsolute: this.#largestAbsolute,
      largestRelative: this.#largestRelative,
      p99: this.#percentile(0.99),
      requiredAbsolute: this.#required,
      worst: this.#worst,
      notFinite: this.#notFinite,
      firstNotFinite: this.#firstNotFinite,
    };
  }

  /** From counts rather than from a sorted list, which for a language model would be gigabytes. */
  #percentile(share: number): number {
    const wanted = share * (this.#elements - this.#notFinite);
    let seen = 0;
    for (const [bin, count] of this.#bins.entries()) {
      seen += count;
      if (count > 0 && seen >= wanted) return Math.min(topOf(bin), this.#largestAbsolute);
    }
    return 0;
  }
}

/** Whether the highest value of each row (the last axis) stands at the same place. */
export class Top1 {
  #agreed = 0;
  #total = 0;
  #firstDifferent: string | null = null;

  /** Rows that hold no ranking (a scalar, a list, one value) are passed over. */
  add(given: Tensor, expected: Tensor, where: (row: number) => string): void {
    const width = expected.shape.at(-1) ?? 0;
    if (expected.dtype !== 'float32' || expected.shape.length < 2 || width < 2) return;
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
function highest({ data }: Tensor, row: number, width: number): number {
  let best = 0;
  for (let k = 0; k < width; k++) {
    const value = data[row * width + k] ?? Number.NaN;
    if (Number.isNaN(value)) return -1;
    if (value > (data[row * width + best] ?? 0)) best = k;
  }
  return best;
}
