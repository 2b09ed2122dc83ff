/** Vocabularies that are limited: which words stay, and what the others are. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { commonWords } from '../../../src/data/text/common.ts';
import { loadCorpus, loadRelease } from '../../../src/data/text/corpus.ts';
import { describeText } from '../../../src/data/text/describe.ts';
import { datasetNamed } from '../../../src/data/registry.ts';
import { ownText } from '../../../src/data/text/releases.ts';
import { eos, unknownWord } from '../../../src/data/text/tokens.ts';
import { buildVocabulary, decode, encode } from '../../../src/data/text/vocabulary.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeFiles } from './release.ts';

const text = fc
  .array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', unknownWord), { maxLength: 8 }), {
    minLength: 1,
    maxLength: 10,
  })
  .map((lines) => lines.map((words) => `${words.join(' ')}\n`).join(''));

describe('commonWords', () => {
  it('keeps what comes most often in the training text, of equals the first', () => {
    expect(commonWords(['a b b c c\n', 'd d d d\n'], 'word', 4)).toEqual([unknownWord, 'b', 'c', eos]);
    expect(commonWords(['a b\nb a c\n'], 'word', 3)).toEqual(['a', unknownWord, eos]);
    // Nothing is left of what is not there to be kept.
    expect(commonWords(['a b\n'], 'word', 3)).toEqual(['a', 'b', eos]);
    expect(commonWords(['', 'a a b c\n'], 'word', 3)).toEqual(['a', unknownWord, eos]);
    expect(commonWords(['abca\n'], 'character', 3)).toEqual(['a', unknownWord, eos]);
  });

  it.each([2, 1, 0, -1])('of %i is refused: no word would have a name', (limit) => {
    const message = `a vocabulary cannot be limited to ${limit}`;
    expect(() => commonWords(['a b b c c\n'], 'word', limit)).toThrow(message);
  });

  it('is the vocabulary of the text with <unk> in the place of the others, and as large as it may be', () => {
    fc.assert(
      fc.property(fc.tuple(text, text), fc.integer({ min: 3, max: 9 }), (texts, limit) => {
        const all = buildVocabulary(texts);
        const kept = buildVocabulary(texts, { limit });
        const known = new Set(kept.words);
        const written = texts.map((each) =>
          each
            .split('\n')
            .map((line) =>
              line
                .split(' ')
                .map((word) => (word === '' || known.has(word) ? word : unknownWord))
                .join(' '),
            )
            .join('\n'),
        );
        expect(kept.words).toEqual(buildVocabulary(written).words);
        expect(kept.size <= limit).toBe(true);
        if (all.size <= limit) expect(kept.words).toEqual(all.words);
        else expect(kept.size).toBe(limit);
        for (const [i, each] of texts.entries()) {
          const dropped: string[] = [];
          const tokens = encode(each, kept, 'the text', (word) => dropped.push(word));
          expect(decode(tokens, kept)).toBe(written[i]?.replaceAll(/^ +$/gm, ''));
          expect(dropped.every((word) => !known.has(word))).toBe(true);
        }
      }),
    );
  });
});

describe('a corpus of a limited vocabulary', () => {
  it('counts what is <unk>, and says it', async () => {
    const from = await writeFiles(await temporaryFolder(), {
      'train.txt': 'the cat sat\nthe dog sat\nthe cat ran\n',
      'valid.txt': 'the mouse ran\n',
      'test.txt': 'a cat sat\n',
    });
    const corpus = await loadRelease(ownText, { from, limit: 5 });
    expect(corpus.vocabulary.words).toEqual(['the', 'cat', 'sat', eos, unknownWord]);
    expect(corpus.limited).toEqual({ limit: 5, words: 4, tokens: { train: 2, valid: 2, test: 1 } });
    expect(decode(corpus.valid, corpus.vocabulary)).toBe('the <unk> <unk>\n');
    expect(corpus.notes).toEqual([
      'The vocabulary is limited to 5 words: 4 that are rarer are read as <unk>, 16.7 % of the training text, ' +
        '50.0 % of the validation text, 25.0 % of the test text. Figures of another vocabulary cannot be compared with these.',
    ]);
    const info = await describeText(datasetNamed('text'), { from, limit: 5 });
    expect(info).toMatchObject({
      level: 'word',
      vocabulary: { size: 5 },
      limited: { words: 4 },
      parts: { train: { tokens: 12, lines: 3, different: 5, unknown: 2, unseen: null } },
      notes: corpus.notes,
    });
    expect(info.common[0]).toEqual({ token: 'the', count: 3 });
  });

  it('without a training file counts what is trained on, and what is validated on, after the cut', async () => {
    const from = await writeFiles(await temporaryFolder(), {
      'valid.txt': `${'the cat sat\n'.repeat(4)}a dog <unk>\nthe owl sat\n`,
      'test.txt': 'the mouse ran\n',
    });
    // Nine tenths of 24 tokens are 21.6, and 20 of them come before the last line.
    const { train, valid, limited, notes } = await loadRelease(ownText, { from, limit: 5 });
    expect([train.length, valid.length]).toEqual([20, 4]);
    expect(limited).toEqual({ limit: 5, words: 5, tokens: { train: 2, valid: 1, test: 2 } });
    expect(notes).toEqual([
      expect.stringContaining('the first 20 tokens of the validation file are trained on'),
      expect.stringContaining(
        '10.0 % of the training text, 25.0 % of the validation text, 50.0 % of the test text.',
      ),
    ]);
  });

  it('is whole, and says nothing, where the limit is not reached', async () => {
    const [whole, limited] = [await loadCorpus('grammar'), await loadCorpus('grammar', { limit: 1000 })];
    expect(limited.vocabulary).toEqual(whole.vocabulary);
    expect(limited.notes).toEqual([]);
    expect(limited.limited).toEqual({ limit: 1000, words: 0, tokens: { train: 0, valid: 0, test: 0 } });
  });

  it('of parts that share hardly a word is remarked on', async () => {
    const from = await writeFiles(await temporaryFolder(), {
      'train.txt': 'the cat sat\n',
      'valid.txt': 'die katze sass\n',
      'test.txt': 'the cat\n',
    });
    const { notes } = await describeText(datasetNamed('text'), { from });
    expect(notes).toEqual([
      'More than half of the different words of the validation text are not in the training text: are they in one language, and written alike?',
    ]);
  });
});
