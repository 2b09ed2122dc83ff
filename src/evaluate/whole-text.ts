/**
 * How well a language model predicts a text from its first word to its last, however many pieces of it are read side by
 * side: the pieces are for speed, and change no figure but by rounding.
 *
 * A piece begins with the hidden state that the one before it ends with, which is not known until that has been read. So
 * each is first read from a state of zeros, and then again from the right one, until its state is what it was the first
 * time: a recurrent network forgets, so that is soon, and what follows was right already. One that does not forget is read
 * again to the end, piece after piece, and the figure is right all the same.
 */
import { internal } from '../errors.ts';

/** What a model says of a slice: of [steps, batch] tokens after [batch, units] states. */
export type ReadSlice = (
  tokens: Int32Array,
  hidden: Float32Array,
) => Promise<{ readonly logProbs: ArrayLike<number>; readonly hidden: ArrayLike<number> }>;

export interface WholeTextOptions {
  /** Rows of the slices that the model is given, and how many pieces side by side. */
  readonly steps: number;
  readonly batch: number;
  readonly units: number;
  /** The vocabulary. */
  readonly words: number;
  /** Told how many words have been predicted, and the sum of −log p so far. */
  readonly onProgress?: (words: number, sum: number) => void;
  /** The most numbers of states that are kept: a longer text is read part by part. */
  readonly mostKept?: number;
}

export interface WholeText {
  /** All words but the first. */
  readonly words: number;
  /** Of −log p, in nats, over those for which it is a number. */
  readonly sum: number;
  readonly notFinite: number;
}

/** 64 MiB of float32. */
const usuallyKept = 2 ** 24;

/** States are the same where they are as near to each other as float32 sums in another order come to be. */
const tolerance = 2 ** -20;

/** @throws what `read` throws */
export async function wholeText(
  text: Int32Array,
  read: ReadSlice,
  options: WholeTextOptions,
): Promise<WholeText> {
  const { steps, batch, units, onProgress, mostKept = usuallyKept } = options;
  const words = text.length - 1;
  // Whole slices of every piece, so that the next part begins where this one's last piece ends.
  const most = batch * Math.max(1, Math.floor(mostKept / (batch * units))) * steps;
  let hidden = new Float32Array(units);
  let [sum, notFinite] = [0, 0];
  for (let start = 0; start < words; start += most) {
    const part = new Part(text, { start, end: Math.min(start + most, words) }, options);
    await part.readAll(read, hidden, (done, ofPart) => onProgress?.(start + done, sum + ofPart));
    for (let round = 1; round < part.pieces && (await part.readAgain(read)); round++);
    hidden = part.lastState();
    sum += part.sum;
    notFinite += part.notFinite;
  }
  return { words, sum, notFinite };
}

interface Extent {
  readonly start: number;
  readonly end: number;
}

/** A part of a text, in pieces of equally many slices; the last pieces may be short, or have nothing. */
class Part {
  readonly #text: Int32Array;
  readonly #extent: Extent;
  readonly #options: WholeTextOptions;
  /** Slices of a piece. */
  readonly #slices: number;
  /** Pieces that have any words. */
  readonly pieces: number;
  /** By piece and slice, −log p of its words and how many of them are no number. */
  readonly #sums: Float64Array;
  readonly #notFinite: Float64Array;
  /** By piece: the state that it was read from, and those after each of its slices. */
  readonly #begun: Float32Array[];
  readonly #states: Float32Array[][];

  constructor(text: Int32Array, extent: Extent, options: WholeTextOptions) {
    const { steps, batch, units } = options;
    this.#text = text;
    this.#extent = extent;
    this.#options = options;
    const length = extent.end - extent.start;
    this.#slices = Math.ceil(length / (batch * steps));
    this.pieces = Math.ceil(length / (this.#slices * steps));
    this.#sums = new Float64Array(this.pieces * this.#slices);
    this.#notFinite = new Float64Array(this.pieces * this.#slices);
    this.#begun = Array.from({ length: this.pieces }, () => new Float32Array(units));
    this.#states = Array.from({ length: this.pieces }, () => []);
  }

  get sum(): number {
    return total(this.#sums);
  }

  get notFinite(): number {
    return total(this.#notFinite);
  }

  /** Of the last piece: where the part is not the end of the text, what the next part begins with. */
  lastState(): Float32Array<ArrayBuffer> {
    return Float32Array.from(this.#states.at(-1)?.at(-1) ?? []);
  }

  /** Every piece, the first from `hidden` and all others from zeros. */
  async readAll(
    read: ReadSlice,
    hidden: Float32Array,
    onProgress: (words: number, sum: number) => void,
  ): Promise<void> {
    this.#begun[0]?.set(hidden);
    const all = Array.from({ length: this.pieces }, (_, piece) => piece);
    let [words, sum] = [0, 0];
    for (let slice = 0; slice < this.#slices; slice++) {
      const states = await this.#readSlice(read, all, slice);
      for (const [piece, state] of states.entries()) this.#states[piece]?.push(state);
      for (const piece of all) {
        words += this.#targets(piece, slice).length;
        sum += this.#sums[piece * this.#slices + slice] ?? 0;
      }
      onProgress(words, sum);
    }
  }

  /** Every piece again that was read from another state than the one before it ends with; false where there is none. */
  async readAgain(read: ReadSlice): Promise<boolean> {
    const ends = this.#states.map((states) => states.at(-1) ?? new Float32Array(0));
    let stale = ends.flatMap((_, piece) => {
      const before = ends[piece - 1];
      const begun = this.#begun[piece];
      return before === undefined || begun === undefined || isSame(begun, before) ? [] : [piece];
    });
    if (stale.length === 0) return false;
    for (const piece of stale) this.#begun[piece]?.set(ends[piece - 1] ?? []);
    for (let slice = 0; slice < this.#slices && stale.length > 0; slice++) {
      const states = await this.#readSlice(read, stale, slice);
      const earlier = stale.map((piece) => this.#states[piece]?.[slice]);
      stale.forEach((piece, i) => this.#states[piece]?.splice(slice, 1, states[i] ?? new Float32Array(0)));
      stale = stale.filter((_, i) => !isSame(states[i] ?? [], earlier[i] ?? []));
    }
    return true;
  }

  /** Reads a slice of some pieces, each from its state before, and notes the loss; the states after it. */
  async #readSlice(
    read: ReadSlice,
    pieces: readonly number[],
    slice: number,
  ): Promise<readonly Float32Array[]> {
    const { steps, batch, units, words } = this.#options;
    const tokens = new Int32Array(steps * batch);
    const hidden = new Float32Array(batch * units);
    for (const [column, piece] of pieces.entries()) {
      // After the end of the text are zeros, and what is said of them is not looked at.
      const at = this.#placeOf(piece, slice);
      for (let row = 0; row < this.#targets(piece, slice).length; row++)
        tokens[row * batch + column] = this.#text[at + row] ?? 0;
      const before = slice === 0 ? this.#begun[piece] : this.#states[piece]?.[slice - 1];
      hidden.set(before ?? [], column * units);
    }
    const said = await read(tokens, hidden);
    return pieces.map((piece, column) => {
      let [sum, notFinite] = [0, 0];
      for (const [row, target] of this.#targets(piece, slice).entries()) {
        const logProb = said.logProbs[(row * batch + column) * words + target] ?? Number.NaN;
        if (Number.isFinite(logProb)) sum -= logProb;
        else notFinite++;
      }
      this.#sums[piece * this.#slices + slice] = sum;
      this.#notFinite[piece * this.#slices + slice] = notFinite;
      return Float32Array.from({ length: units }, (_, unit) => {
        const value = said.hidden[column * units + unit];
        if (value === undefined) throw internal('a language model gives its hidden state');
        return value;
      });
    });
  }

  /** Where in the text a slice begins. */
  #placeOf(piece: number, slice: number): number {
    return this.#extent.start + (piece * this.#slices + slice) * this.#options.steps;
  }

  /** The words that a slice predicts: one further on than those that it reads. */
  #targets(piece: number, slice: number): Int32Array {
    const from = Math.min(this.#placeOf(piece, slice), this.#extent.end);
    const to = Math.min(from + this.#options.steps, this.#extent.end);
    return this.#text.subarray(from + 1, to + 1);
  }
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) {
    const [one = 0, other = 0] = [a[i], b[i]];
    // What is no number is as it was.
    if (!Object.is(one, other) && !(Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one))))
      return false;
  }
  return true;
}
