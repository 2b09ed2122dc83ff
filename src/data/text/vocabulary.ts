/**
 * The words that a language model knows, and their numbers; or the characters, of one that reads by characters.
 *
 * A word's number is the order in which it first appears, over the training, validation and test text in that order, so
 * that the same files give the same numbers everywhere. The hash says which vocabulary a model file was made for: the
 * number of a word means nothing without it.
 */

import { readFile } from 'node:fs/promises';

import { NascentError } from '../../errors.ts';
import { errorCodeOf, sha256, writeFileWhole } from '../../files/files.ts';
import { grouped } from './check.ts';
import { commonWords } from './common.ts';
import { eos, linesOf, readers, unknownWord, wordsOf } from './tokens.ts';
import type { Level, Text } from './tokens.ts';

export interface Vocabulary {
  /** What its words are: words, or characters. */
  readonly level: Level;
  /** Word by number. */
  readonly words: readonly string[];
  /** Number by word. */
  readonly indices: ReadonlyMap<string, number>;
  readonly size: number;
  /** SHA-256 of `vocabularyText`, in hexadecimal: the digest of the file that `writeVocabulary` writes. */
  readonly sha256: string;
}

/**
 * The vocabulary of these words, in this order.
 *
 * @throws NascentError `input/invalid` where a word comes twice, is empty or has white space in it; of characters, where
 *   one is not one
 */
export function makeVocabulary(words: readonly string[], level: Level = 'word'): Vocabulary {
  const indices = new Map<string, number>();
  for (const [index, word] of words.entries()) {
    const earlier = indices.get(word);
    const named = `${level} ${index + 1}, "${word}",`;
    if (earlier !== undefined) throw unusable(`${named} is ${level} ${earlier + 1} already`, level);
    if (!isOne[level](word)) throw unusable(`${named} is not one ${level}`, level);
    indices.set(word, index);
  }
  if (words.length === 0) throw unusable(`it has no ${level}s`, level);
  return { level, words, indices, size: words.length, sha256: sha256(Buffer.from(textOf(words))) };
}

const isOne: { readonly [L in Level]: (token: string) => boolean } = {
  word: (token) => wordsOf(token)[0] === token,
  // The two names are longer than any character, and so cannot be taken for some.
  character: (token) => token === eos || token === unknownWord || /^[^\n\r]$/u.test(token),
};

/**
 * The most words that a vocabulary may have. A model has a row of weights for each; and a text with more different ones
 * is hardly made of words.
 */
export const mostWords = 2 ** 22;

/** What a vocabulary is made of, and how much of it. */
export interface VocabularyKind {
  /** Words or characters. Default: words. */
  readonly level?: Level | undefined;
  /** The most of them, `<eos>` and `<unk>` counted; others are `<unk>`. Default: null, all. */
  readonly limit?: number | null | undefined;
}

/**
 * All words of `texts` in the order in which they first appear, `<eos>` after each line; or with a `limit`, the
 * `commonWords`.
 *
 * @throws NascentError `input/invalid` where there are more than `most`; what `readTokens` throws
 */
export function buildVocabulary(
  texts: readonly Text[],
  { level = 'word', limit = null }: VocabularyKind = {},
  most = mostWords,
): Vocabulary {
  if (limit !== null) return makeVocabulary(commonWords(texts, level, limit), level);
  const words = new Set<string>();
  const add = (word: string) => {
    if (words.has(word)) return;
    if (words.size === most) throw tooManyWords(most);
    // A copy: a part of a string keeps the whole of it in memory.
    words.add(Buffer.from(word).toString());
  };
  for (const text of texts) readers[level](text, add, () => add(eos));
  return makeVocabulary([...words], level);
}

function tooManyWords(most: number): NascentError {
  return new NascentError('input/invalid', `the text has more than ${grouped(most)} different words`, {
    help: 'Keep the words that come often: --set vocabulary_limit=100000. Or read it by characters: --set level=character.',
  });
}

/**
 * A text as word numbers, `<eos>` after each line.
 *
 * @param what what to call the text in a message
 * @param onUnknown told of each word that the vocabulary lacks and which token it is, counted from 0: it is read as
 *   `<unk>` then; without it, refused
 * @throws NascentError `input/invalid` with the first word that the vocabulary lacks, and its line; what `readTokens` throws
 */
export function encode(
  text: Text,
  vocabulary: Vocabulary,
  what = 'the text',
  onUnknown?: (word: string, at: number) => void,
): Int32Array {
  const { level } = vocabulary;
  let tokens = new Int32Array(2 ** 12);
  let [count, line] = [0, 1];
  const push = (word: string) => {
    const known = vocabulary.indices.get(word);
    const index = known ?? (onUnknown === undefined ? undefined : vocabulary.indices.get(unknownWord));
    if (known === undefined) onUnknown?.(word, count);
    if (index === undefined) {
      throw new NascentError(
        'input/invalid',
        `line ${line} of ${what} has a ${level} that the vocabulary of ${vocabulary.size} ${level}s lacks: "${word}"`,
        {
          help: 'Use the text that the vocabulary was made from, or the vocabulary that was made from this text.',
        },
      );
    }
    if (count === tokens.length) {
      const longer = new Int32Array(2 * count);
      longer.set(tokens);
      tokens = longer;
    }
    tokens[count++] = index;
  };
  readers[level](text, push, () => {
    push(eos);
    line += 1;
  });
  // A view: a copy of a large text would be as large again.
  return tokens.subarray(0, count);
}

/** Word numbers as text again: each `<eos>` ends a line. What `encode` was given, up to the white space. */
export function decode(tokens: Iterable<number>, vocabulary: Vocabulary): string {
  let text = '';
  let separator = '';
  for (const token of tokens) {
    const word = vocabulary.words[token];
    if (word === undefined) throw new Error(`internal: token ${token} of ${vocabulary.size} words`);
    text += word === eos ? '\n' : separator + word;
    separator = word === eos || vocabulary.level === 'character' ? '' : ' ';
  }
  return text;
}

/** One word, or one character, a line, in the order of their numbers. */
export function vocabularyText(vocabulary: Vocabulary): string {
  return textOf(vocabulary.words);
}

function textOf(words: readonly string[]): string {
  return `${words.join('\n')}\n`;
}

/** @throws NascentError `disk/full` or `disk/failed` */
export async function writeVocabulary(path: string, vocabulary: Vocabulary): Promise<void> {
  await writeFileWhole(path, vocabularyText(vocabulary));
}

/**
 * Reads what `writeVocabulary` wrote.
 *
 * @throws NascentError `data/missing`, or `data/damaged` where it is not a vocabulary
 */
export async function readVocabulary(path: string, level: Level = 'word'): Promise<Vocabulary> {
  const help = `A vocabulary is a text file of one ${level} a line, and lies beside the model that it belongs to.`;
  let text: string;
  try {
    // The mark that editors put at the beginning is a character like others where characters are listed.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: level === 'character' });
    text = decoder.decode(await readFile(path));
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT')
      throw new NascentError('data/missing', `there is no ${path}`, { help, cause });
    const reason = cause instanceof TypeError ? 'it is not UTF-8 text' : String(cause);
    throw new NascentError('data/damaged', `${path} is not a vocabulary: ${reason}`, { help, cause });
  }
  try {
    return makeVocabulary(linesOf(text), level);
  } catch (cause) {
    if (!(cause instanceof NascentError)) throw cause;
    throw new NascentError('data/damaged', `${path} is damaged: ${cause.message}`, { help, cause });
  }
}

function unusable(why: string, level: Level): NascentError {
  return new NascentError('input/invalid', `the vocabulary cannot be used: ${why}`, {
    help:
      level === 'word'
        ? 'A vocabulary lists each word once, words having no white space in them.'
        : 'A vocabulary of characters lists each of them once, a Unicode code point a line.',
  });
}
