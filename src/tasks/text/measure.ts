/** How well a language model predicts a text. */
import { evaluationSlices, type TextTable } from '../../data/text/batches.ts';
import { internal } from '../../errors.ts';
import { numberOf } from '../../learn/programs.ts';
import type { ProgramFor } from './by-length.ts';
import { noHidden, textFeeds } from './feeds.ts';

export interface MeasureTextOptions {
  /** Rows of text at a time; the hidden state is carried from each slice to the next, so it changes no number. */
  readonly bptt: number;
  readonly units: number;
  readonly signal: AbortSignal;
  readonly onSlice?: (rows: number, of: number) => void;
}

/**
 * The mean of −log p(next word) over a text, in nats; perplexity is its exponential. Every row that has a row below it
 * counts once.
 *
 * @param programFor inputs `tokens`, `targets`, `hidden_in`; outputs `likelihood`, the mean over a slice, `hidden_out`
 * @throws the signal's reason when stopped
 */
export async function measureText(
  programFor: ProgramFor,
  table: TextTable,
  { bptt, units, signal, onSlice }: MeasureTextOptions,
): Promise<number> {
  let hidden = noHidden(table.batch, units);
  let [sum, rows] = [0, 0];
  for (const slice of evaluationSlices(table, bptt)) {
    signal.throwIfAborted();
    const program = await programFor(slice.length);
    const outputs = await program.run(textFeeds(slice).set('hidden_in', hidden));
    const carried = outputs.get('hidden_out');
    if (carried === undefined) throw internal('a language model gives its hidden state');
    hidden = carried;
    sum += numberOf(outputs, 'likelihood') * slice.length;
    rows += slice.length;
    onSlice?.(rows, table.rows - 1);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return sum / rows;
}
