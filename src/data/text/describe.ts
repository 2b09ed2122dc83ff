/** What a text holds, looked through whole: how long its three parts are, its vocabulary, and what is odd about it. */

import type { TextRow } from '../row.ts';
import type { Limited, LoadTextOptions, TextCorpus } from './corpus.ts';
import { splits, splitTitles, type Split } from './releases.ts';
import { eos, unknownWord, type Level } from './tokens.ts';

export interface PartInfo {
  /** With an `<eos>` at the end of each line. */
  readonly tokens: number;
  readonly lines: number;
  /** Different ones, `<eos>` among them. */
  readonly different: number;
  /** Tokens that are read as `<unk>`, or are it. */
  readonly unknown: number;
  /** Different ones that the training text has not: nothing is learnt of them. Null of that text itself. */
  readonly unseen: number | null;
}

/** Plain data, as `data info --json` prints it. */
export interface TextInfo {
  readonly name: string;
  readonly source: string;
  readonly level: Level;
  readonly parts: { readonly [S in Split]: PartInfo };
  readonly vocabulary: { readonly size: number; readonly sha256: string };
  /** Where the vocabulary is limited. */
  readonly limited: Limited | null;
  /** What comes most often in the training text, and how often. */
  readonly common: readonly { readonly token: string; readonly count: number }[];
  readonly notes: readonly string[];
}

const mostCommon = 10;

/** @throws what opening the text throws */
export async function describeText(row: TextRow, options: LoadTextOptions): Promise<TextInfo> {
  const corpus = await row.open(options);
  const { name, source, vocabulary, limited, notes } = corpus;
  const counts = {
    train: countsIn(corpus, 'train'),
    valid: countsIn(corpus, 'valid'),
    test: countsIn(corpus, 'test'),
  };
  const parts = {
    train: partOf(corpus, counts, 'train'),
    valid: partOf(corpus, counts, 'valid'),
    test: partOf(corpus, counts, 'test'),
  };
  const common = Array.from(counts.train, (count, i) => ({ token: vocabulary.words[i] ?? '', count }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, mostCommon)
    .filter(({ count }) => count > 0);
  return {
    name,
    source,
    level: vocabulary.level,
    parts,
    vocabulary: { size: vocabulary.size, sha256: vocabulary.sha256 },
    limited,
    common,
    notes: [...notes, ...oddities(parts, vocabulary.level)],
  };
}

type Counts = { readonly [S in Split]: Float64Array };

/** How often each word comes, by its number. */
function countsIn(corpus: TextCorpus, split: Split): Float64Array {
  const counts = new Float64Array(corpus.vocabulary.size);
  for (const token of corpus[split]) counts[token] = (counts[token] ?? 0) + 1;
  return counts;
}

function partOf({ vocabulary, ...texts }: TextCorpus, counts: Counts, split: Split): PartInfo {
  const own = counts[split];
  const countOf = (word: string) => own[vocabulary.indices.get(word) ?? -1] ?? 0;
  return {
    tokens: texts[split].length,
    lines: countOf(eos),
    different: own.filter((count) => count > 0).length,
    unknown: countOf(unknownWord),
    unseen: split === 'train' ? null : own.filter((count, i) => count > 0 && counts.train[i] === 0).length,
  };
}

/** From so large a share of words on that the training text has not, the parts are hardly of one text. */
const muchUnseen = 0.5;

function oddities(parts: TextInfo['parts'], level: Level): readonly string[] {
  return splits.flatMap((split) => {
    const { different, unseen } = parts[split];
    return unseen !== null && unseen > muchUnseen * different
      ? [
          `More than half of the different ${level}s of the ${splitTitles[split]} text are not in the training text: are they in one language, and written alike?`,
        ]
      : [];
  });
}
