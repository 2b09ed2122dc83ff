/** How well a language model's file predicts a text, the hidden state carried from its first word to its last. */
import { batchify, evaluationSlices, type TextSlice } from '../data/text/batches.ts';
import { datasetNamed } from '../data/registry.ts';
import type { Level } from '../data/text/tokens.ts';
import { unigramPerplexity } from '../data/text/unigram.ts';
import { internal, NascentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Meter } from '../learn/meter.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';
import { bitsPerCharacter, perplexityBy } from '../tasks/text/metric.ts';
import { languageModelOf, modelAndData, requireSameWords, type LanguageModel } from './language-model.ts';
import { identityOf, readModelFile, type ModelIdentity } from './model-file.ts';
import { perplexityOrder, type PerplexityOrder } from './order.ts';
import { openOnProvider } from './open-session.ts';

/** Plain data: what validation.json holds of a language model. */
export interface PerplexityReport {
  readonly task: 'text';
  readonly model: ModelIdentity;
  readonly data: string;
  readonly split: 'valid' | 'test';
  readonly provider: Provider;
  /** What the text is read by, and the model predicts: `words` and what goes by them are characters where it says so. */
  readonly level: Level;
  /** Words that were predicted. */
  readonly words: number;
  /**
   * Words that were not, though one stands before them: where the text is read in several pieces, the first of each
   * other piece, and what is over when all have the same length.
   */
  readonly leftOut: number;
  /** Mean of −log p(word) in nats; null where it is not a number. */
  readonly loss: number | null;
  readonly perplexity: number | null;
  /** Of characters, the binary logarithm of the perplexity; null of words. */
  readonly bitsPerCharacter: number | null;
  /**
   * As the official code of DARTS has it, to be held against its figures: its sum is over the rows that have a row below
   * them, all but one, and is divided by the number of all rows. A little lower.
   */
  readonly officialPerplexity: number | null;
  readonly batch: number;
  /** Of the model that knows how often words come and nothing else, on the same text. */
  readonly unigramPerplexity: number;
  /** Words for which the model gives no number. */
  readonly notFinite: number;
  readonly seconds: number;
  readonly wordsPerSecond: number;
  /** What must be said of the text wherever results are shown, and of the provider. */
  readonly notes: readonly string[];
}

/**
 * Runs the file through onnxruntime over a text.
 *
 * @throws NascentError 'input/invalid' where model and text do not fit, 'onnx/invalid', 'onnx/unsupported', 'data/missing',
 *   'data/damaged', 'runtime/unavailable', 'runtime/failed'; the signal's reason when stopped
 */
export async function validatePerplexity(
  order: PerplexityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<PerplexityReport> {
  const {
    model: path,
    data,
    from,
    provider,
    split,
    tokens,
    trainTokens,
    batchSize,
    steps,
  } = perplexityOrder.parse(order);
  reporter.stage('validate', `Validating on ${data}`);
  const file = await readModelFile(path);
  modelAndData(file, data);
  const model = languageModelOf(file);
  const corpus = await datasetNamed(data).open({ from, level: model.level, limit: model.limit, signal });
  for (const note of corpus.notes) reporter.note(note);
  await requireSameWords(model, corpus);
  const text = corpus[split].subarray(0, tokens ?? corpus[split].length);
  if (model.batch !== undefined && batchSize !== undefined && batchSize !== model.batch) {
    throw new NascentError(
      'input/invalid',
      `${path} takes ${model.batch} pieces of text at a time, and not ${batchSize}`,
      {
        help: 'Leave --batch out, or export the model again, which then takes any number.',
      },
    );
  }
  const table = batchify(text, model.batch ?? batchSize ?? 1, `the ${split} text`);
  const { session, note } = await openOnProvider(path, provider);
  if (note !== undefined) reporter.note(note);
  let hidden: Tensor = zeros([table.batch, model.units]);
  const metric = perplexityBy(model.level);
  let [sum, words, notFinite, ms] = [0, 0, 0, 0];
  try {
    for (const slice of evaluationSlices(table, model.steps ?? steps)) {
      signal.throwIfAborted();
      const start = performance.now();
      const outputs = await session.run(feedsOf(slice, model, hidden));
      ms += performance.now() - start;
      const [logProbs, next] = [outputs.get('log_probs'), outputs.get('hidden_out')];
      if (logProbs === undefined || next === undefined) throw internal('a language model has two outputs');
      hidden = next;
      for (const [row, target] of slice.targets.entries()) {
        const logProb = logProbs.data[row * model.words + target] ?? Number.NaN;
        if (Number.isFinite(logProb)) sum -= logProb;
        else notFinite++;
      }
      words += slice.targets.length;
      reporter.progress(
        words,
        (table.rows - 1) * table.batch,
        'tok',
        metric.note(Meter.from([sum, 0, words])),
      );
      // onnxruntime works on this very thread: without a turn of the event loop no word to stop is heard.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  } finally {
    session.dispose();
  }
  const loss = notFinite === 0 ? sum / words : null;
  return {
    task: 'text',
    model: identityOf(file),
    data,
    split,
    provider,
    level: model.level,
    words,
    leftOut: text.length - 1 - words,
    loss,
    perplexity: loss === null ? null : Math.exp(loss),
    bitsPerCharacter: loss === null || model.level === 'word' ? null : bitsPerCharacter(Math.exp(loss)),
    officialPerplexity: loss === null ? null : Math.exp((loss * (table.rows - 1)) / table.rows),
    batch: table.batch,
    unigramPerplexity: unigramPerplexity(
      corpus.train.subarray(0, trainTokens ?? corpus.train.length),
      text,
      corpus.vocabulary.size,
    ),
    notFinite,
    seconds: ms / 1000,
    wordsPerSecond: ms === 0 ? 0 : (1000 * words) / ms,
    notes: [...corpus.notes, ...(note === undefined ? [] : [note])],
  };
}

/** A model of a known number of steps is given a short last slice filled up; what it says of the filling is not read. */
function feedsOf(slice: TextSlice, { steps }: LanguageModel, hidden: Tensor): ReadonlyMap<string, Tensor> {
  const length = steps ?? slice.length;
  const data = new Int32Array(length * slice.batch);
  data.set(slice.data);
  return new Map<string, Tensor>([
    ['tokens', { dtype: 'int64', shape: [length, slice.batch], data }],
    ['hidden_in', hidden],
  ]);
}

function zeros(shape: readonly [number, number]): Tensor {
  return { dtype: 'float32', shape, data: new Float32Array(shape[0] * shape[1]) };
}
