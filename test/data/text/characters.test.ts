/** Texts that are read by characters. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { loadCorpus, loadRelease } from '../../../src/data/text/corpus.ts';
import { ownText } from '../../../src/data/text/releases.ts';
import { countTokens, eos, readCharacters, tokensOf } from '../../../src/data/text/tokens.ts';
import {
  buildVocabulary,
  decode,
  encode,
  makeVocabulary,
  readVocabulary,
  writeVocabulary,
} from '../../../src/data/text/vocabulary.ts';
import { join } from 'node:path';
import { temporaryFolder } from '../temporary.ts';
import { smallFiles, smallRelease, writeFiles } from './release.ts';

function read(text: string | Uint8Array, size?: number): readonly string[] {
  const tokens: string[] = [];
  readCharacters(
    text,
    (character) => tokens.push(character),
    () => tokens.push(eos),
    size,
  );
  return tokens;
}

const byCharacters = (...texts: readonly string[]) => buildVocabulary(texts, { level: 'character' });

describe('readCharacters', () => {
  it('gives code points, white space among them, and <eos> for the end of a line of any kind', () => {
    expect(read('a b\r\n\tΩ\r😀\n')).toEqual(['a', ' ', 'b', eos, '\t', 'Ω', eos, '😀', eos]);
    // A letter and its accent are two; the end of a last line need not be written.
    expect(read('e\u0301')).toEqual(['e', '\u0301', eos]);
    expect(read('')).toEqual([]);
    expect(read('\n\n')).toEqual([eos, eos]);
  });

  it('gives the same whatever the pieces that it reads, of a string and of bytes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\r', '\n', 'é', '😀', '\u2028') });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (whole, size) => {
        const expected = whole
          .replaceAll(/\r\n?/g, '\n')
          .split('\n')
          .flatMap((line, i, lines) =>
            i === lines.length - 1 && line === '' ? [] : [...Array.from(line), eos],
          );
        expect(read(whole, size)).toEqual(expected);
        expect(read(new TextEncoder().encode(whole), size)).toEqual(expected);
        expect(countTokens(whole, 'character')).toEqual({
          words: expected.filter((token) => token !== eos).length,
          lines: expected.filter((token) => token === eos).length,
        });
      }),
    );
  });

  it('does without white space: a line may be as long as it likes', () => {
    expect(countTokens('字'.repeat(3e6), 'character')).toEqual({ words: 3e6, lines: 1 });
  });
});

describe('a vocabulary of characters', () => {
  it('numbers them as they first appear, and is undone by decode', () => {
    const vocabulary = byCharacters('ab a\n', '😀\n');
    expect(vocabulary.words).toEqual(['a', 'b', ' ', eos, '😀']);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '😀') }), (text) => {
        const plain = text === '' || text.endsWith('\n') ? text : `${text}\n`;
        expect(decode(encode(text, vocabulary), vocabulary)).toBe(plain);
      }),
    );
  });

  it('is read as it was written, white space and all', async () => {
    const path = join(await temporaryFolder(), 'vocabulary.txt');
    const vocabulary = byCharacters('\ufeffa \t\u00a0\u2028<eos>\n');
    await writeVocabulary(path, vocabulary);
    expect(await readVocabulary(path, 'character')).toEqual(vocabulary);
    await expect(readVocabulary(path)).rejects.toMatchObject({ code: 'data/damaged' });
  });

  it('has one character a line, and its two names', () => {
    expect(makeVocabulary(['a', eos, '<unk>'], 'character').size).toBe(3);
    for (const wrong of ['ab', '', '\n', 'e\u0301'])
      expect(() => makeVocabulary(['x', wrong], 'character')).toThrow('is not one character');
  });
});

it('a prompt has no line end after its last line', () => {
  expect(tokensOf('a b\nc', 'character')).toEqual(['a', ' ', 'b', eos, 'c']);
  expect(tokensOf('a b\nc', 'word')).toEqual(['a', 'b', eos, 'c']);
});

describe('a corpus', () => {
  it('of any name is read by characters', async () => {
    const grammar = await loadCorpus('grammar', { level: 'character' });
    expect(grammar.vocabulary.level).toBe('character');
    expect(grammar.vocabulary.size).toBeLessThan(60);
    expect(decode(grammar.test, grammar.vocabulary)).toContain(' the ');
    // The number of words that the release is known by says nothing of its characters.
    const from = await writeFiles(await temporaryFolder(), smallFiles);
    const corpus = await loadRelease(smallRelease(), { from, level: 'character' });
    expect(decode(corpus.valid, corpus.vocabulary)).toBe('the cat sat\na dog ran\n\nthe mat sat\n');
  });

  it('of a text without white space is refused by words, with what to do', async () => {
    const from = await writeFiles(await temporaryFolder(), {
      'train.txt': '字'.repeat(70_000),
      'valid.txt': '字',
      'test.txt': '字',
    });
    await expect(loadRelease(ownText, { from })).rejects.toMatchObject({
      message: expect.stringContaining('it has a word of more than 65536 characters'),
      help: expect.stringContaining('--set level=character'),
    });
    expect((await loadRelease(ownText, { from, level: 'character' })).vocabulary.words).toEqual(['字', eos]);
  });
});
