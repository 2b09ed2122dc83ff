/**
 * A text as a table: `batch` pieces of it side by side, each read from top to bottom, so that the hidden state of a
 * column after one slice is what its next slice goes on from.
 */

import { NascentError } from '../../errors.ts';

/** Row by row: `tokens` is `[rows, batch]`. Column k holds the kth piece of the text. */
export interface TextTable {
  readonly rows: number;
  readonly batch: number;
  readonly tokens: Int32Array;
}

/** Some rows of a table and, as targets, the rows one further down: both `[length, batch]`. */
export interface TextSlice {
  readonly length: number;
  readonly batch: number;
  readonly data: Int32Array;
  readonly targets: Int32Array;
}

/**
 * Cuts a text into `batch` pieces of equal length. What is over at the end, fewer than `batch` tokens, is left out.
 *
 * @param what what to call the text in a message
 * @param setting the setting that `batch` is from, if it is from one
 * @throws NascentError `input/invalid` where the pieces would be shorter than 2 tokens: there is nothing to predict
 */
export function batchify(
  tokens: Int32Array,
  batch: number,
  what = 'the text',
  setting = 'a batch size',
): TextTable {
  if (!Number.isInteger(batch) || batch < 1) throw new Error(`internal: a batch of ${batch} pieces of text`);
  const rows = Math.floor(tokens.length / batch);
  if (rows < 2) {
    const most = Math.floor(tokens.length / 2);
    throw new NascentError(
      'input/invalid',
      `a batch of ${batch} is too large for ${tokens.length} tokens of ${what}`,
      { help: most < 1 ? 'Use a longer text.' : `${useOf(setting)} ${most}, or a longer text.` },
    );
  }
  const table = new Int32Array(rows * batch);
  for (let column = 0; column < batch; column++) {
    for (let row = 0; row < rows; row++) table[row * batch + column] = tokens[column * rows + row] ?? 0;
  }
  return { rows, batch, tokens: table };
}

/** Whether an error is that of `batchify` for a text that a smaller one of that setting would do for. */
export function isTooLargeFor(setting: string, error: unknown): boolean {
  return (
    error instanceof NascentError && error.code === 'input/invalid' && error.help.startsWith(useOf(setting))
  );
}

const useOf = (setting: string) => `Use ${setting} of at most`;

/**
 * `length` rows from `start` on, or as many as have a row below them. The arrays are the slice's own: a runtime may hold
 * on to them.
 */
export function slice(table: TextTable, start: number, length: number): TextSlice {
  const { rows, batch, tokens } = table;
  if (!Number.isInteger(start) || start < 0 || start > rows - 2 || !Number.isInteger(length) || length < 1) {
    throw new Error(`internal: ${length} rows from row ${start} of ${rows}`);
  }
  const end = Math.min(start + length, rows - 1);
  return {
    length: end - start,
    batch,
    data: tokens.slice(start * batch, end * batch),
    targets: tokens.slice((start + 1) * batch, (end + 1) * batch),
  };
}

/**
 * The validation text that an architecture step is taken on while the weights are at row `position` of the training
 * text: always `bptt` rows where there are as many, and round again from the top where the validation text, the shorter
 * one, is used up. (The official code; the last slice before the top may be as short as one row.)
 */
export function alphaSlice(table: TextTable, position: number, bptt: number): TextSlice {
  return slice(table, position % (table.rows - 1), bptt);
}

/** The whole table in slices of `bptt` rows, every row with a row below it once; the last may be short. */
export function* evaluationSlices(table: TextTable, bptt: number): Generator<TextSlice> {
  for (let start = 0; start < table.rows - 1; start += bptt) yield slice(table, start, bptt);
}
