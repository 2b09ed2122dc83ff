/**
 * What a run keeps of its text, in `corpus.json`: by this a training is exported where the text is not, and a run is
 * resumed on the text that it began with or not at all. A word is a number to a network, and on another text the same
 * numbers are other words.
 */
import { sha256 } from '../../files/files.ts';
import { grouped } from '../../data/text/check.ts';
import type { TextCorpus } from '../../data/text/corpus.ts';
import { splits, splitTitles, type Split } from '../../data/text/releases.ts';
import type { UsedTexts } from '../../data/text/used.ts';
import { readVocabulary, vocabularyText, type Vocabulary } from '../../data/text/vocabulary.ts';
import { NascentError } from '../../errors.ts';
import { readArtefact, writeArtefact } from '../../run/artefacts/artefact.ts';
import { corpus as corpusFile, type CorpusFacts } from '../../run/artefacts/data.ts';
import type { Run } from '../../run/directory.ts';
import { isFactless } from '../factless.ts';
import type { DataFacts } from '../task.ts';

export const vocabularyFile = 'vocabulary.txt';

/** @param used the texts that the run uses, as far as it does */
export function corpusFacts(
  { name, title, notes, vocabulary, limited }: TextCorpus,
  used: Partial<UsedTexts>,
): CorpusFacts {
  return {
    name,
    title,
    level: vocabulary.level,
    words: vocabulary.size,
    vocabulary_sha256: vocabulary.sha256,
    ...(limited !== null && { limited }),
    used: Object.fromEntries(
      splits.flatMap((split) => {
        const text = used[split];
        return text === undefined ? [] : [[split, { tokens: text.length, sha256: digestOf(text) }]];
      }),
    ),
    notes,
  };
}

function digestOf({ buffer, byteOffset, byteLength }: Int32Array): string {
  return sha256(new Uint8Array(buffer, byteOffset, byteLength));
}

/**
 * The facts of a corpus as a run writes and checks them, its vocabulary among them.
 *
 * @param from where the user said that the text is
 */
export function textFacts(corpus: TextCorpus, facts: CorpusFacts, from?: string): DataFacts {
  const { unigram_test_perplexity: unigram } = facts;
  return {
    notes: corpus.notes,
    figures: unigram === undefined ? {} : { unigramPerplexity: unigram },
    requireSame: (run) => requireSameText(run, facts, { source: corpus.source, from }),
    async write(run) {
      await run.writeFile(vocabularyFile, vocabularyText(corpus.vocabulary));
      await writeArtefact(run, corpusFile, facts);
    },
  };
}

/**
 * Checks, before anything is written, that a run is resumed on the text that it began with. A run that was stopped
 * before it wrote down what that was has trained on nothing yet.
 *
 * @param facts of the text as it is now
 * @param where it was read from, and `from` where the user said so
 * @throws NascentError 'input/invalid' saying what differs; 'run/damaged' where what was written down cannot be read
 */
function requireSameText(
  run: Run,
  facts: CorpusFacts,
  where: { readonly source: string; readonly from: string | undefined },
): void {
  if (isFactless(run, corpusFile.name, 'the text')) return;
  const began = readFacts(run);
  const differences = [
    ...vocabularyDifference(began, facts),
    ...splits.flatMap((split) => usedDifference(split, began, facts)),
  ];
  if (differences.length === 0) return;
  throw new NascentError(
    'input/invalid',
    `${facts.title} (${where.source}) is not the text that ${run.path} began with: ${differences.join('; ')}`,
    {
      help:
        where.from === undefined
          ? 'Resume it with the version of Nascent that began it, or start a new run.'
          : `Put the text that it began with back at ${where.from}, or start a new run on this one.`,
    },
  );
}

function vocabularyDifference(began: CorpusFacts, now: CorpusFacts): readonly string[] {
  if (now.words !== began.words) {
    return [
      `the vocabulary has ${grouped(now.words)} ${now.level ?? 'word'}s and had ${grouped(began.words)}`,
    ];
  }
  if (now.vocabulary_sha256 === began.vocabulary_sha256) return [];
  return [
    `the ${grouped(now.words)} ${now.level ?? 'word'}s of the vocabulary are others, or in another order`,
  ];
}

function usedDifference(split: Split, began: CorpusFacts, now: CorpusFacts): readonly string[] {
  const [then, used] = [began.used?.[split], now.used?.[split]];
  if (then === undefined || used === undefined || then.sha256 === used.sha256) return [];
  const title = `the ${splitTitles[split]} text`;
  return used.tokens === then.tokens
    ? [`${title} has other ${now.level ?? 'word'}s among its ${grouped(used.tokens)}`]
    : [`${grouped(used.tokens)} tokens of ${title} would be used and ${grouped(then.tokens)} were`];
}

/** @throws NascentError `run/damaged` where one of the files is missing or not right */
export async function readCorpusFacts(
  run: Run,
): Promise<{ readonly facts: CorpusFacts; readonly vocabulary: Vocabulary }> {
  const facts = readFacts(run);
  const vocabulary = await readVocabulary(run.file(vocabularyFile), facts.level);
  if (vocabulary.sha256 !== facts.vocabulary_sha256) {
    throw damaged(run, 'the vocabulary beside it is another one');
  }
  return { facts, vocabulary };
}

function readFacts(run: Run): CorpusFacts {
  const found = readArtefact(run, corpusFile);
  if (found === undefined) throw damaged(run, 'it is not there');
  return found;
}

function damaged(run: Run, why: string): NascentError {
  return new NascentError('run/damaged', `${run.file(corpusFile.name)}: ${why}`, {
    help: 'Restore the file from a copy, or start a new run.',
  });
}
