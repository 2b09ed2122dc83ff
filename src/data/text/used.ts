/** What a run uses of a text: settings may limit it to its beginning. */
import type { TextCorpus } from './corpus.ts';
import type { Split } from './releases.ts';

/** Tokens of each text to use, from its start; null for all, as for a text that has no limit. */
export type TextLimits = Partial<{ readonly [S in Split as `${S}_tokens`]: number | null }>;

/** Word numbers of each text, as far as they are used: views of the corpus. */
export type UsedTexts = { readonly [S in Split]: Int32Array };

export function usedTexts(corpus: TextCorpus, limits: TextLimits): UsedTexts {
  const used = (split: Split) => corpus[split].subarray(0, limits[`${split}_tokens`] ?? corpus[split].length);
  return { train: used('train'), valid: used('valid'), test: used('test') };
}
