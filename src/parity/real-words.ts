/** The real words of a parity check, where the text of the language model is here. */
import { datasetNamed, isTextName, textNames, type TextName } from '../data/registry.ts';
import { NascentError } from '../errors.ts';
import { requireSameWords, type LanguageModel } from '../evaluate/language-model.ts';
import { isNoMistake } from './real-inputs.ts';
import type { SeededCase } from './seeded-inputs.ts';
import { textCases } from './text-cases.ts';

export interface TextWanted {
  readonly data: TextName;
  /** The folder or archive of the text; the cache where it is not said. */
  readonly from?: string | undefined;
}

export interface RealWords {
  readonly dataset: TextName;
  readonly cases: readonly SeededCase[];
  readonly words: number;
}

/**
 * Slices of the test text: of `text`, or where none was asked for, of `likely`, or of the text that the model says it
 * was made for. A sentence where there are none, which is no mistake unless a text was asked for.
 *
 * @throws NascentError 'input/invalid' where the model does not fit `text`, 'data/missing' or 'data/damaged'
 */
export async function realWords(
  model: LanguageModel,
  { text, likely }: { readonly text?: TextWanted | undefined; readonly likely?: TextWanted | undefined },
  signal: AbortSignal,
): Promise<RealWords | string> {
  if (text !== undefined) return wordsOf(model, text, signal);
  const { dataset } = model;
  if (likely === undefined && dataset === undefined) {
    return 'the model does not say what text it was made for; name it with --data, and --from where it is not in the cache';
  }
  const own = likely ?? (dataset !== undefined && isTextName(dataset) ? { data: dataset } : undefined);
  if (own === undefined)
    return `the model was made for ${dataset}, which is not among ${textNames.join(', ')}`;
  try {
    return await wordsOf(model, own, signal);
  } catch (error) {
    if (error instanceof NascentError && isNoMistake(error)) return `${error.message}. ${error.help}`;
    throw error;
  }
}

async function wordsOf(
  model: LanguageModel,
  { data, from }: TextWanted,
  signal: AbortSignal,
): Promise<RealWords> {
  const corpus = await datasetNamed(data).open({ from, level: model.level, limit: model.limit, signal });
  await requireSameWords(model, corpus);
  const cases = textCases(model, corpus);
  if (cases.length === 0) {
    throw new NascentError(
      'input/invalid',
      `the test text of ${corpus.title} has ${corpus.test.length} ${model.level}s, too few for a slice`,
      { help: `Give a longer text, or leave --data and --from out to compare seeded ${model.level}s only.` },
    );
  }
  const words = cases.reduce((sum, { feeds }) => sum + (feeds.get('tokens')?.data.length ?? 0), 0);
  return { dataset: data, cases, words };
}
