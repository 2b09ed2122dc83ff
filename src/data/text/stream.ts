/**
 * Training text as an endless stream of slices, epoch after epoch, whose place can be written down and taken up again.
 */

import { Random } from '../../random.ts';
import type { RandomState } from '../../random.ts';
import { slice } from './batches.ts';
import type { TextSlice, TextTable } from './batches.ts';
import type { DrawLength } from './lengths.ts';

/** Where a stream of slices stands: plain data, for a checkpoint. */
export interface TextState {
  /** Epochs finished before the current one. */
  readonly epoch: number;
  /** The row that the next slice starts at. */
  readonly position: number;
  /** The random state that the next length is drawn from. */
  readonly random: RandomState;
}

/** One step's text. */
export interface TextStep extends TextSlice {
  /** The row that it starts at; where the architecture's own slice is, too (`alphaSlice`). */
  readonly position: number;
  /** It is the first of an epoch: the hidden state starts from zero. */
  readonly first: boolean;
  /**
   * The length that was drawn. `length` is less only where the text ends. The learning rate goes by this one
   * (`drawn / bptt`), as in the official code.
   */
  readonly drawn: number;
}

export interface TextStreamOptions {
  readonly bptt: number;
  readonly length: DrawLength;
  /** This stream's from now on; give it a fork. */
  readonly random: Random;
}

/**
 * Slice after slice down the table, each of a length of its own. An epoch ends where fewer than two rows have a row
 * below them: the official loop leaves a single last row out.
 */
export class TextStream {
  readonly table: TextTable;
  readonly #bptt: number;
  readonly #length: DrawLength;
  #random: Random;
  #epoch = 0;
  #position = 0;

  constructor(table: TextTable, options: TextStreamOptions) {
    this.table = table;
    this.#bptt = options.bptt;
    this.#length = options.length;
    this.#random = options.random;
  }

  /** Where the stream stands: `restore` of it, on the same table and options, gives the same slices from there. */
  get state(): TextState {
    return { epoch: this.#epoch, position: this.#position, random: this.#random.state };
  }

  restore(state: TextState): void {
    this.#epoch = state.epoch;
    this.#position = state.position;
    this.#random = Random.from(state.random);
  }

  /** The current epoch has no slice left; `next` begins another. */
  get atEnd(): boolean {
    return this.#position > 0 && this.#position >= this.table.rows - 2;
  }

  /** The next slice, from the top where the text is used up. */
  next(): TextStep {
    if (this.atEnd) {
      this.#epoch += 1;
      this.#position = 0;
    }
    const position = this.#position;
    const drawn = this.#length(this.#random, this.#bptt);
    this.#position += drawn;
    return { ...slice(this.table, position, drawn), position, first: position === 0, drawn };
  }

  /** The slices left of the current epoch, or all of the next where none is left. */
  *epochSlices(): Generator<TextStep> {
    do yield this.next();
    while (!this.atEnd);
  }
}
