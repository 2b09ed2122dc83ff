/**
 * The words that a language model knows, and their numbers.
 *
 * A word's number is the order in which it first appears, over the training, validation and test text in that order, so
 * that the same files give the same numbers everywhere. The hash says which vocabulary a model file was made for: the
 * number of a word means nothing without it.
 */

import { readFile } from 'node:fs/promises';

import { NascentError } from '../../errors.ts';
import { errorCodeOf, sha256, writeFileWhole } from '../../files/files.ts';
import { grouped } from './check.ts';
import { eos, linesOf, readTokens, wordsOf } from './tokens.ts';
import type { Text } from './tokens.ts';

export interface Vocabulary {
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
 * @throws NascentError `input/invalid` where a word comes twice, is empty or has white space in it
 */
export function makeVocabulary(words: readonly string[]): Vocabulary {
  const indices = new Map<string, number>();
  for (const [index, word] of words.entries()) {
    const earlier = indices.get(word);
    if (earlier !== undefined) throw unusable(`word ${index + 1}, "${word}", is word ${earlier + 1} already`);
    if (wordsOf(word)[0] !== word) throw unusable(`word ${index + 1}, "${word}", is not one word`);
    indices.set(word, index);
  }
  if (words.length === 0) throw unusable('it has no words');
  return { words, indices, size: words.length, sha256: sha256(Buffer.from(textOf(words))) };
}

/**
 * The most words that a vocabulary may have. A model has a row of weights for each; and a text with more different ones
 * is hardly made of words.
 */
const mostWords = 2 ** 22;

/**
 * All words of `texts` in the order in which they first appear, `<eos>` after each line.
 *
 * @throws NascentError `input/invalid` where there are more than `most`; what `readTokens` throws
 */
export function buildVocabulary(texts: Iterable<Text>, most = mostWords): Vocabulary {
  const words = new Set<string>();
  const add = (word: string) => {
    if (words.has(word)) return;
    if (words.size === most) throw tooManyWords(most);
    // A copy: a part of a string keeps the whole of it in memory.
    words.add(Buffer.from(word).toString());
  };
  for (const text of texts) readTokens(text, add, () => add(eos));
  return makeVocabulary([...words]);
}

function tooManyWords(most: number): NascentError {
  return new NascentError('input/invalid', `the text has more than ${grouped(most)} different words`, {
    help: 'Put one word, such as <unk>, in the place of rare words, or split them into parts that come often.',
  });
}

/**
 * A text as word numbers, `<eos>` after each line.
 *
 * @param what what to call the text in a message
 * @throws NascentError `input/invalid` with the first word that the vocabulary lacks, and its line; what `readTokens` throws
 */
export function encode(text: Text, vocabulary: Vocabulary, what = 'the text'): Int32Array {
  let tokens = new Int32Array(2 ** 12);
  let [count, line] = [0, 1];
  const push = (word: string) => {
    const index = vocabulary.indices.get(word);
    if (index === undefined) {
      throw new NascentError(
        'input/invalid',
        `line ${line} of ${what} has a word that the vocabulary of ${vocabulary.size} words lacks: "${word}"`,
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
  readTokens(text, push, () => {
    push(eos);
    line += 1;
  });
  return tokens.slice(0, count);
}

/** Word numbers as text again: each `<eos>` ends a line. What `encode` was given, up to the white space. */
export function decode(tokens: Iterable<number>, vocabulary: Vocabulary): string {
  let text = '';
  let separator = '';
  for (const token of tokens) {
    const word = vocabulary.words[token];
    if (word === undefined) throw new Error(`internal: token ${token} of ${vocabulary.size} words`);
    text += word === eos ? '\n' : separator + word;
    separator = word === eos ? '' : ' ';
  }
  return text;
}

/** One word a line, in the order of their numbers. */
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
export async function readVocabulary(path: string): Promise<Vocabulary> {
  const help =
    'A vocabulary is a text file of one word a line, and lies beside the model that it belongs to.';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT')
      throw new NascentError('data/missing', `there is no ${path}`, { help, cause });
    const reason = cause instanceof TypeError ? 'it is not UTF-8 text' : String(cause);
    throw new NascentError('data/damaged', `${path} is not a vocabulary: ${reason}`, { help, cause });
  }
  try {
    return makeVocabulary(linesOf(text));
  } catch (cause) {
    if (!(cause instanceof NascentError)) throw cause;
    throw new NascentError('data/damaged', `${path} is damaged: ${cause.message}`, { help, cause });
  }
}

function unusable(why: string): NascentError {
  return new NascentError('input/invalid', `the vocabulary cannot be used: ${why}`, {
    help: 'A vocabulary lists each word once, words having no white space in them.',
  });
}
