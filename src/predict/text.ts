/** How a text may go on: the likeliest next words, and words drawn one after the other. */
import { dirname, join } from 'node:path';
import { tokensOf, unknownWord as unknown, type Level } from '../data/text/tokens.ts';
import { readVocabulary, type Vocabulary } from '../data/text/vocabulary.ts';
import type { LanguageModel } from '../evaluate/language-model.ts';
import { internal, NascentError } from '../errors.ts';
import { Random } from '../random.ts';
import type { Reporter } from '../run/reporter.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import type { OnnxSession } from '../runtime/onnxruntime/file.ts';
import type { CheckedPredictOrder } from './order.ts';

export interface TextPrediction {
  readonly task: 'text';
  readonly model: string;
  /** What the model reads by: what follows are words, or characters. */
  readonly level: Level;
  /** The text as the model reads it, in words of its vocabulary. */
  readonly read: readonly string[];
  /** Of the word that follows it, the likeliest first. */
  readonly next: readonly WordProbability[];
  /** Words that were drawn, each by its probability after those before it. */
  readonly sampled: readonly string[];
}

export interface WordProbability {
  readonly word: string;
  readonly probability: number;
}

/**
 * Reads the text word by word, or character by character, from a state of zeros. Words that the vocabulary lacks are read as `<unk>`, and said.
 *
 * @throws NascentError 'input/invalid' where a word is unknown and there is no `<unk>`, or there are no words;
 *   'data/missing' without the vocabulary beside the model; 'runtime/failed'
 */
export async function goOn(
  session: OnnxSession,
  model: LanguageModel,
  text: string,
  { top, sample, seed }: CheckedPredictOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<TextPrediction> {
  const vocabulary = await vocabularyOf(model);
  const read = wordsKnown(text, vocabulary, reporter);
  const unit = `${model.level}s`;
  const reading = new Reading(session, model);
  let logits: Float64Array | undefined;
  for (const [i, word] of read.entries()) {
    signal.throwIfAborted();
    logits = await reading.read(numberOf(word, vocabulary));
    reporter.progress(i + 1, read.length, unit);
  }
  if (logits === undefined) {
    throw new NascentError('input/invalid', `the text has no ${unit}`, {
      help: 'Give at least one: --text "the".',
    });
  }
  const next = Array.from(logits, (logProbability, k) => ({
    word: vocabulary.words[k] ?? '',
    probability: Math.exp(logProbability),
  }))
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, top);
  const random = new Random(seed);
  const sampled: string[] = [];
  while (sampled.length < sample) {
    signal.throwIfAborted();
    const drawn = draw(logits, random);
    sampled.push(vocabulary.words[drawn] ?? '');
    logits = await reading.read(drawn);
    reporter.progress(sampled.length, sample, unit);
  }
  return { task: 'text', model: model.path, level: model.level, read, next, sampled };
}

/** A model that reads one word after the other. */
class Reading {
  readonly #session: OnnxSession;
  readonly #model: LanguageModel;
  #hidden: AnyTensor;

  constructor(session: OnnxSession, model: LanguageModel) {
    this.#session = session;
    this.#model = model;
    const { batch = 1, units } = model;
    this.#hidden = { dtype: 'float32', shape: [batch, units], data: new Float32Array(batch * units) };
  }

  /** Natural logarithms of the probabilities of the word after it. */
  async read(word: number): Promise<Float64Array> {
    const { words, batch = 1, steps = 1, path, level } = this.#model;
    if (steps > 1) {
      throw new NascentError('input/invalid', `${path} takes ${steps} ${level}s at a time`, {
        help: 'They are read one by one: give the model that is exported without --unroll.',
      });
    }
    const tokens = { dtype: 'int64', shape: [1, batch], data: new Int32Array(batch).fill(word) } as const;
    const outputs = await this.#session.runAny(
      new Map<string, AnyTensor>([
        ['tokens', tokens],
        ['hidden_in', this.#hidden],
      ]),
    );
    const [logits, hidden] = [outputs.get('log_probs'), outputs.get('hidden_out')];
    if (logits === undefined || hidden === undefined) throw internal('the outputs of the model did not come');
    this.#hidden = hidden;
    return Float64Array.from(logits.data.subarray(0, words));
  }
}

/** A word, by its probability. */
function draw(logits: Float64Array, random: Random): number {
  let left = random.uniform();
  for (const [k, logProbability] of logits.entries()) {
    left -= Math.exp(logProbability);
    if (left < 0) return k;
  }
  // Rounding may leave a little over.
  return logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
}

async function vocabularyOf({ path, level, words, vocabularySha256 }: LanguageModel): Promise<Vocabulary> {
  const file = join(dirname(path), 'vocabulary.txt');
  const vocabulary = await readVocabulary(file, level);
  if (vocabulary.size === words && (vocabularySha256 ?? vocabulary.sha256) === vocabulary.sha256)
    return vocabulary;
  throw new NascentError('input/invalid', `${file} is not the vocabulary of ${path}`, {
    help: 'Put the vocabulary.txt beside the model that was exported with it.',
  });
}

/** The words of the text, `<eos>` at the end of each line but the last. */
function wordsKnown(text: string, { level, indices }: Vocabulary, reporter: Reporter): readonly string[] {
  const given = tokensOf(text, level);
  const strangers = [...new Set(given.filter((word) => !indices.has(word)))];
  if (strangers.length === 0) return given;
  const named = strangers.map((word) => `"${word}"`).join(', ');
  if (!indices.has(unknown)) {
    throw new NascentError('input/invalid', `the model does not know the ${level}s ${named}`, {
      help: `Use ${level}s of the vocabulary.txt beside the model, written as they are there.`,
    });
  }
  reporter.note(`the model does not know ${named}: read as ${unknown}`);
  return given.map((word) => (indices.has(word) ? word : unknown));
}

function numberOf(word: string, { indices }: Vocabulary): number {
  const found = indices.get(word);
  if (found === undefined) throw internal(`"${word}" has no number`);
  return found;
}
