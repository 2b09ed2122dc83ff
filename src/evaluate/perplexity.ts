/**
 * How well a language model's file predicts a text: all of it, the hidden state carried from its first word to its last;
 * and where that is asked for as training measures, in equal pieces that each begin anew.
 */
import { batchify, evaluationSlices } from '../data/text/batches.ts';
import { datasetNamed } from '../data/registry.ts';
import type { Level } from '../data/text/tokens.ts';
import { unigramPerplexity } from '../data/text/unigram.ts';
import { internal, NascentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Meter } from '../learn/meter.ts';
import { checkedOrder } from '../run/checked-order.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';
import { bitsPerCharacter, perplexityBy } from '../tasks/text/metric.ts';
import { languageModelOf, modelAndData, requireSameWords, type LanguageModel } from './language-model.ts';
import { identityOf, readModelFile, type ModelIdentity } from './model-file.ts';
import { perplexityOrder, type PerplexityOrder } from './order.ts';
import { openOnProvider } from './open-session.ts';
import { wholeText } from './whole-text.ts';

/** Plain data: what validation.json holds of a language model. */
export interface PerplexityReport {
  readonly task: 'text';
  readonly model: ModelIdentity;
  readonly data: string;
  readonly split: 'valid' | 'test';
  readonly provider: Provider;
  /** What the text is read by, and the model predicts: `words` and what goes by them are characters where it says so. */
  readonly level: Level;
  /** Words that were predicted: all but the first. */
  readonly words: number;
  /** Mean of −log p(word) in nats; null where it is not a number. */
  readonly loss: number | null;
  readonly perplexity: number | null;
  /** Of characters, the binary logarithm of the perplexity; null of words. */
  readonly bitsPerCharacter: number | null;
  /**
   * As the official code of DARTS has it of a test text, to be held against its figures: it divides the sum by the number
   * of all words, the first included, which is not predicted. A little lower.
   */
  readonly officialPerplexity: number | null;
  /** How many pieces were read side by side, for speed: it changes no figure. */
  readonly batch: number;
  /** As training measures, where that was asked for. */
  readonly inPieces: PiecesReport | null;
  /** Of the model that knows how often words come and nothing else, on the same text. */
  readonly unigramPerplexity: number;
  /** Words for which the model gives no number. */
  readonly notFinite: number;
  readonly seconds: number;
  readonly wordsPerSecond: number;
  /** What must be said of the text wherever results are shown, and of the provider. */
  readonly notes: readonly string[];
}

/** Of a text in equal pieces, each of which begins without a hidden state. */
export interface PiecesReport {
  readonly pieces: number;
  /** Words that were predicted. */
  readonly words: number;
  /** Words that were not, though one stands before them: the first of each other piece, and what is over at the end. */
  readonly leftOut: number;
  readonly perplexity: number | null;
  /** As the official code has it of a validation text: of so many rows, it divides by one more than have been predicted. */
  readonly officialPerplexity: number | null;
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
    pieces,
    steps,
  } = checkedOrder(perplexityOrder, order, 'validatePerplexity');
  reporter.stage('validate', `Validating on ${data}`);
  const file = await readModelFile(path);
  modelAndData(file, data);
  const model = languageModelOf(file);
  const corpus = await datasetNamed(data).open({ from, level: model.level, limit: model.limit, signal });
  for (const note of corpus.notes) reporter.note(note);
  await requireSameWords(model, corpus);
  const text = corpus[split].subarray(0, tokens ?? corpus[split].length);
  requireBatch(model, batchSize, 'batch');
  requireBatch(model, pieces, 'pieces');
  if (text.length < 2) {
    throw new NascentError(
      'input/invalid',
      `the ${split} text has nothing to predict: ${text.length} tokens`,
      {
        help: 'Use a longer text.',
      },
    );
  }
  requirePieces(text, pieces, split);
  const metric = perplexityBy(model.level);
  const { session, note } = await openOnProvider(path, provider);
  if (note !== undefined) reporter.note(note);
  let ms = 0;
  const run = async (feeds: ReadonlyMap<string, Tensor>) => {
    signal.throwIfAborted();
    const start = performance.now();
    const outputs = await session.run(feeds);
    ms += performance.now() - start;
    const [logProbs, hidden] = [outputs.get('log_probs'), outputs.get('hidden_out')];
    if (logProbs === undefined || hidden === undefined) throw internal('a language model has two outputs');
    // onnxruntime works on this very thread: without a turn of the event loop no word to stop is heard.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    return { logProbs: logProbs.data, hidden: hidden.data };
  };
  const length = model.steps ?? Math.min(steps, text.length - 1);
  // More pieces than there are slices would be empty.
  const batch = model.batch ?? Math.min(batchSize ?? 1, Math.ceil((text.length - 1) / length));
  try {
    const { words, sum, notFinite } = await wholeText(
      text,
      (tokens, hidden) => run(feedsOf(model, { length, batch }, tokens, hidden)),
      {
        steps: length,
        batch,
        units: model.units,
        words: model.words,
        onProgress: (done, so) =>
          reporter.progress(done, text.length - 1, 'tok', metric.note(Meter.from([so, 0, done]))),
      },
    );
    const seconds = ms / 1000;
    const loss = notFinite === 0 ? sum / words : null;
    return {
      task: 'text',
      model: identityOf(file),
      data,
      split,
      provider,
      level: model.level,
      words,
      loss,
      perplexity: loss === null ? null : Math.exp(loss),
      bitsPerCharacter: loss === null || model.level === 'word' ? null : bitsPerCharacter(Math.exp(loss)),
      officialPerplexity: loss === null ? null : Math.exp(sum / text.length),
      batch,
      inPieces:
        pieces === undefined
          ? null
          : await measureInPieces(model, text, { pieces, data, length }, run, reporter),
      unigramPerplexity: unigramPerplexity(
        corpus.train.subarray(0, trainTokens ?? corpus.train.length),
        text,
        corpus.vocabulary.size,
      ),
      notFinite,
      seconds,
      wordsPerSecond: seconds === 0 ? 0 : words / seconds,
      notes: [...corpus.notes, ...(note === undefined ? [] : [note])],
    };
  } finally {
    session.dispose();
  }
}

/** @throws NascentError 'input/invalid' where the model is fixed to another number of pieces */
function requireBatch(model: LanguageModel, asked: number | undefined, option: 'batch' | 'pieces'): void {
  if (model.batch === undefined || asked === undefined || asked === model.batch) return;
  throw new NascentError(
    'input/invalid',
    `${model.path} takes ${model.batch} pieces of text at a time, and not ${asked}`,
    { help: `Leave --${option} out, or export the model again, which then takes any number.` },
  );
}

/** Each piece needs a word to go by and one to predict. @throws NascentError 'input/invalid' where there are too many */
function requirePieces(text: Int32Array, pieces: number | undefined, split: string): void {
  const most = Math.floor(text.length / 2);
  if (pieces === undefined || pieces <= most) return;
  throw new NascentError(
    'input/invalid',
    `the ${split} text of ${text.length} tokens is too short for ${pieces} pieces`,
    { help: `Use --pieces of at most ${most}, or a longer text.` },
  );
}

type Run = (
  feeds: ReadonlyMap<string, Tensor>,
) => Promise<{ readonly logProbs: ArrayLike<number>; readonly hidden: ArrayLike<number> }>;

async function measureInPieces(
  model: LanguageModel,
  text: Int32Array,
  { pieces, data, length }: { readonly pieces: number; readonly data: string; readonly length: number },
  run: Run,
  reporter: Reporter,
): Promise<PiecesReport> {
  reporter.stage('validate', `Validating on ${data} in ${pieces} pieces`);
  const table = batchify(text, pieces);
  let hidden: ArrayLike<number> = new Float32Array(pieces * model.units);
  let [sum, words, notFinite] = [0, 0, 0];
  for (const slice of evaluationSlices(table, length)) {
    // A model of a known number of steps is given a short last slice filled up; what it says of the filling is not read.
    const steps = model.steps ?? slice.length;
    const tokens = new Int32Array(steps * pieces);
    tokens.set(slice.data);
    const said = await run(
      feedsOf(model, { length: steps, batch: pieces }, tokens, Float32Array.from(hidden)),
    );
    ({ hidden } = said);
    for (const [row, target] of slice.targets.entries()) {
      const logProb = said.logProbs[row * model.words + target] ?? Number.NaN;
      if (Number.isFinite(logProb)) sum -= logProb;
      else notFinite++;
    }
    words += slice.targets.length;
    reporter.progress(words, (table.rows - 1) * pieces, 'tok');
  }
  const known = notFinite === 0;
  return {
    pieces,
    words,
    leftOut: text.length - 1 - words,
    perplexity: known ? Math.exp(sum / words) : null,
    officialPerplexity: known ? Math.exp(sum / (table.rows * pieces)) : null,
  };
}

function feedsOf(
  { units }: LanguageModel,
  { length, batch }: { readonly length: number; readonly batch: number },
  tokens: Int32Array,
  hidden: Float32Array,
): ReadonlyMap<string, Tensor> {
  return new Map<string, Tensor>([
    ['tokens', { dtype: 'int64', shape: [length, batch], data: tokens }],
    ['hidden_in', { dtype: 'float32', shape: [batch, units], data: hidden }],
  ]);
}
