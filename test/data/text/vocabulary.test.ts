import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import { sha256 } from '../../../src/files/files.ts';
import {
  buildVocabulary,
  decode,
  encode,
  makeVocabulary,
  readVocabulary,
  vocabularyText,
  writeVocabulary,
} from '../../../src/data/text/vocabulary.ts';
import { temporaryFolder } from '../temporary.ts';

/** Lines of words out of a few, as text. */
const text = fc
  .array(fc.array(fc.constantFrom('the', 'cat', 'sat', '<unk>', '–', 'ran'), { maxLength: 6 }), {
    maxLength: 12,
  })
  .map((lines) => lines.map((words) => `${words.join(' ')}\n`).join(''));

describe('buildVocabulary', () => {
  it('numbers words in the order in which they first appear, text by text', () => {
    const vocabulary = buildVocabulary(['b a\n\na c\n', 'd\n', 'a e']);
    expect(vocabulary.words).toEqual(['b', 'a', '<eos>', 'c', 'd', 'e']);
    expect(vocabulary.size).toBe(6);
    expect(vocabulary.indices.get('d')).toBe(4);
    expect([...encode('b a\n\na c\n', vocabulary)]).toEqual([0, 1, 2, 2, 1, 3, 2]);
  });

  it('has a blank first line give <eos> the number 0', () => {
    expect(buildVocabulary([' \n a \n']).words).toEqual(['<eos>', 'a']);
  });
});

test('a text of more words than a vocabulary may have is refused', () => {
  expect(buildVocabulary(['a b c\n'], {}, 4).size).toBe(4);
  expect(() => buildVocabulary(['a b c\n'], {}, 3)).toThrow('the text has more than 3 different words');
});

describe('encode', () => {
  it('takes bytes and texts that are longer than what it begins with', () => {
    const text = 'a b c d\n'.repeat(5000);
    const vocabulary = buildVocabulary([text]);
    const tokens = encode(new TextEncoder().encode(text), vocabulary);
    expect(tokens.length).toBe(25_000);
    expect(decode(tokens, vocabulary)).toBe(text);
  });

  it('is undone by decode', () => {
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 2 }), (one, others) => {
        const vocabulary = buildVocabulary(['the\n', ...others, one]);
        expect(decode(encode(one, vocabulary), vocabulary)).toBe(one);
      }),
    );
  });

  it('names the word that it does not know, and its line', () => {
    expect(() =>
      encode('a\na b a\n', buildVocabulary(['a\n']), 'test.txt'),
    ).toThrowErrorMatchingInlineSnapshot(
      `[NascentError: line 2 of test.txt has a word that the vocabulary of 2 words lacks: "b"]`,
    );
  });
});

describe('the file', () => {
  it('is read as it was written, and its digest is the vocabulary’s', async () => {
    const path = join(await temporaryFolder(), 'vocabulary.txt');
    const vocabulary = buildVocabulary(['the cat – <unk>\n']);
    await writeVocabulary(path, vocabulary);
    expect(await readFile(path, 'utf8')).toBe('the\ncat\n–\n<unk>\n<eos>\n');
    expect(sha256(await readFile(path))).toBe(vocabulary.sha256);
    expect(await readVocabulary(path)).toEqual(vocabulary);
  });

  it('has a digest that any change of a word or of the order changes', () => {
    const digests = [['a', 'b'], ['b', 'a'], ['ab'], ['a', 'b', 'c']].map(
      (words) => makeVocabulary(words).sha256,
    );
    expect(new Set(digests).size).toBe(4);
    expect(vocabularyText(makeVocabulary(['a', 'b']))).toBe('a\nb\n');
  });

  it('is refused where it is not a vocabulary', async () => {
    const path = join(await temporaryFolder(), 'vocabulary.txt');
    const refusal = async (content: string | Uint8Array) => {
      await writeFile(path, content);
      const error: unknown = await readVocabulary(path).catch((reason: unknown) => reason);
      return error instanceof Error ? error.message.replace(path, 'FILE') : error;
    };
    await expect(readVocabulary(path)).rejects.toMatchObject({ code: 'data/missing', exitCode: 2 });
    expect([
      await refusal('a\nb\na\n'),
      await refusal('a\n\nb\n'),
      await refusal('a b\n'),
      await refusal(''),
      await refusal(Uint8Array.of(97, 255, 10)),
    ]).toMatchInlineSnapshot(`
      [
        "FILE is damaged: the vocabulary cannot be used: word 3, "a", is word 1 already",
        "FILE is damaged: the vocabulary cannot be used: word 2, "", is not one word",
        "FILE is damaged: the vocabulary cannot be used: word 1, "a b", is not one word",
        "FILE is damaged: the vocabulary cannot be used: it has no words",
        "FILE is not a vocabulary: it is not UTF-8 text",
      ]
    `);
  });
});
