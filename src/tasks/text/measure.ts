/** How well a language model predicts a text. */
import { evaluationSlices, type TextTable } from '../../data/text/batches.ts';
import { internal } from '../../errors.ts';
import type { Graph } from '../../graph/types.ts';
import { Meter } from '../../learn/meter.ts';
import { numberOf, programsBySize, type ProgramFor } from '../../learn/programs.ts';
import type { UnrolledSize } from '../../space/text/model.ts';
import type { Measuring, Progress } from '../task.ts';
import { noHidden, textFeeds } from './feeds.ts';

export interface SliceOptions {
  /** Rows of text at a time; the hidden state is carried from each slice to the next, so it changes no number. */
  readonly bptt: number;
  readonly units: number;
}

/** @param build the evaluation over so many steps: inputs and outputs as of `measureText` */
export function textMeasuring(
  what: Pick<Measuring, 'split' | 'on'>,
  table: TextTable,
  options: SliceOptions,
  build: (size: UnrolledSize) => Graph,
): Measuring {
  return {
    ...what,
    // Its state is that of the training step.
    graphs: [],
    unit: 'tokens',
    counted: (meter) => meter.count * table.batch,
    async prepare(runtime, store) {
      const programFor = programsBySize(runtime, store, (steps) => ({
        graph: build({ steps, batch: table.batch }),
      }));
      return (signal, onProgress) => measureText(programFor, table, { ...options, signal, onProgress });
    },
  };
}

export interface MeasureTextOptions extends SliceOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * The mean of −log p(next token) over a text, in nats; perplexity is its exponential. Every row that has a row below it
 * counts once.
 *
 * @param programFor inputs `tokens`, `targets`, `hidden_in`; outputs `nll`, the mean over a slice, `hidden_out`
 * @throws the signal's reason when stopped
 */
export async function measureText(
  programFor: ProgramFor,
  table: TextTable,
  { bptt, units, signal, onProgress }: MeasureTextOptions,
): Promise<Meter> {
  let hidden = noHidden(table.batch, units);
  const meter = new Meter();
  for (const slice of evaluationSlices(table, bptt)) {
    signal.throwIfAborted();
    const program = await programFor(slice.length);
    const outputs = await program.run(textFeeds(slice).set('hidden_in', hidden));
    const carried = outputs.get('hidden_out');
    if (carried === undefined) throw internal('a language model gives its hidden state');
    hidden = carried;
    meter.add(numberOf(outputs, 'nll'), slice.length);
    onProgress?.({ done: meter.count, total: table.rows - 1, unit: 'rows' });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return meter;
}
