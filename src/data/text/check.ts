/** Whether a file is the text that it should be. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../errors.ts';
import { notUtf8 } from './encoding.ts';
import { splitTitles } from './releases.ts';
import type { TextFile, TextRelease } from './releases.ts';
import { countTokens, type Level } from './tokens.ts';

/** Text with `\n` at the end of its lines, as it was published: git and editors on Windows put `\r\n` there. */
export function withPlainLineEnds(bytes: Uint8Array): Uint8Array {
  const first = bytes.indexOf(carriageReturn);
  if (first < 0) return bytes;
  const plain = new Uint8Array(bytes.length);
  plain.set(bytes.subarray(0, first));
  let length = first;
  for (let at = first; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== carriageReturn || bytes[at + 1] !== lineFeed) plain[length++] = byte;
  }
  return plain.subarray(0, length);
}

const [carriageReturn, lineFeed] = [13, 10];

/** The files of a release that `directory` lacks or holds damaged. */
export async function filesToGet(
  directory: string,
  release: TextRelease,
  signal?: AbortSignal,
): Promise<readonly TextFile[]> {
  const needed: TextFile[] = [];
  for (const file of release.files) {
    const bytes = await readFile(join(directory, file.names[0]), { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    if (bytes === undefined || !isExpected(file, bytes)) needed.push(file);
  }
  return needed;
}

function isExpected({ expected }: TextFile, bytes: Uint8Array): boolean {
  return expected === undefined || digestOf(bytes, expected.algorithm) === expected.digest;
}

/**
 * Makes sure that the bytes of a file are the text that it should be.
 *
 * @param path what to call the file in the message
 * @param help what to do about it
 * @param level what it will be read by
 * @throws NascentError `data/damaged`, saying what was expected
 */
export function assertText(
  path: string,
  release: TextRelease,
  file: TextFile,
  bytes: Uint8Array,
  help: string,
  level: Level = 'word',
): void {
  const { expected, split } = file;
  const digest = expected === undefined ? undefined : digestOf(bytes, expected.algorithm);
  if (digest !== undefined && digest === expected?.digest) return;
  const title = expected === undefined ? 'a text' : `the ${splitTitles[split]} text of ${release.title}`;
  // A published text that is not as it was published has to be got again, whatever is odd about it.
  const wrong = (why: string, ofOwn = help) =>
    new NascentError('data/damaged', `${path} is not ${title}: ${why}`, {
      help: expected === undefined ? ofOwn : help,
    });
  const foreign = notUtf8(bytes);
  if (foreign !== undefined) {
    const { why, likely } = foreign;
    const convert = `Convert it to UTF-8: save it so in an editor, or, if it is ${likely}, as it seems: iconv -f ${likely} -t UTF-8 OLD > NEW`;
    throw wrong(`it ${why}`, convert);
  }
  if (expected === undefined) {
    if (countedTokens(bytes, level, wrong).words === 0) throw wrong(`it has no ${level}s`);
    return;
  }
  const { words, lines } = countedTokens(bytes, 'word', wrong);
  throw wrong(
    words + lines === expected.tokens
      ? `its ${names[expected.algorithm]} is ${digest} and should be ${expected.digest}`
      : `it has ${grouped(words + lines)} tokens, one <eos> a line counted, and should have ${grouped(expected.tokens)}`,
  );
}

function countedTokens(
  bytes: Uint8Array,
  level: Level,
  wrong: (why: string, ofOwn?: string) => NascentError,
) {
  try {
    return countTokens(bytes, level);
  } catch (cause) {
    if (cause instanceof RangeError) throw wrong(cause.message, noWhiteSpace);
    throw cause;
  }
}

const noWhiteSpace = 'Put white space between the words, or read it by characters: --set level=character.';

const names = { md5: 'MD5', sha1: 'SHA-1' } as const;

function digestOf(bytes: Uint8Array, algorithm: 'md5' | 'sha1'): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** A count as a person reads it: `2,088,628`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
