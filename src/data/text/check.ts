/** Whether a file is the text that it should be. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../errors.ts';
import { splitTitles } from './releases.ts';
import type { TextFile, TextRelease } from './releases.ts';
import { countTokens } from './tokens.ts';

/** Text with `\n` at the end of its lines, as it was published: git and editors on Windows put `\r\n` there. */
export function withPlainLineEnds(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(13)) return bytes;
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

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
 * The text in a file's bytes, proven.
 *
 * @param path what to call the file in the message
 * @param help what to do about it
 * @throws NascentError `data/damaged`, saying what was expected
 */
export function textOf(
  path: string,
  release: TextRelease,
  file: TextFile,
  bytes: Uint8Array,
  help: string,
): string {
  const { expected, split } = file;
  const title = expected === undefined ? 'a text' : `the ${splitTitles[split]} text of ${release.title}`;
  const wrong = (why: string) =>
    new NascentError('data/damaged', `${path} is not ${title}: ${why}.`, { help });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrong('it is not UTF-8 text');
  }
  if (expected === undefined) {
    if (text.trim() === '') throw wrong('it has no words');
    return text;
  }
  const digest = digestOf(bytes, expected.algorithm);
  if (digest === expected.digest) return text;
  const tokens = countTokens(text);
  throw wrong(
    tokens === expected.tokens
      ? `its ${names[expected.algorithm]} is ${digest} and should be ${expected.digest}`
      : `it has ${grouped(tokens)} tokens, one <eos> a line counted, and should have ${grouped(expected.tokens)}`,
  );
}

const names = { md5: 'MD5', sha1: 'SHA-1' } as const;

function digestOf(bytes: Uint8Array, algorithm: 'md5' | 'sha1'): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** A count as a person reads it: `2,088,628`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
