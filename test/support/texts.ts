/** Folders of text of one's own, for jobs. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sha256 } from '../../src/files/files.ts';
import { interrupted } from '../../src/run/failure.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { temporaryFolder } from '../data/temporary.ts';

const counting = 'one two three four five six seven\n';

/** A folder with a training text of 80 tokens, a validation text of 40 and a test text of 32, gone after the test. */
export async function textFolder(): Promise<string> {
  const folder = await temporaryFolder();
  writeTexts(folder);
  return folder;
}

/** @param change what becomes of each text */
export function writeTexts(
  folder: string,
  change: (text: string, split: string) => string = (text) => text,
): void {
  for (const [split, lines] of [
    ['train', 10],
    ['valid', 5],
    ['test', 4],
  ] as const) {
    writeFileSync(join(folder, `${split}.txt`), change(counting.repeat(lines), split));
  }
}

/** Begins a job that makes the run `out`, and stops it once it has written a checkpoint. */
export async function stopAfterCheckpoint(
  out: string,
  begin: (control: { readonly signal: AbortSignal; readonly reporter: Reporter }) => Promise<unknown>,
): Promise<void> {
  const stopping = new AbortController();
  const reporter: Reporter = {
    ...silentReporter,
    progress(_done, _total, unit) {
      if (unit === 'tok' && existsSync(join(out, 'checkpoints'))) stopping.abort(interrupted());
    },
  };
  await expect(begin({ signal: stopping.signal, reporter })).rejects.toMatchObject({ code: 'interrupted' });
}

/** Every file below a folder, and the digest of what is in it. */
export function digestsBelow(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path, sha256(readFileSync(path))]),
  );
}

/** Ways for a text to be another one, and what is said of each. */
export const otherTexts = [
  {
    what: 'as many words, others',
    change: (text: string) => text.replaceAll('three', 'drei'),
    differs: /the 8 words of the vocabulary are others, or in another order$/,
  },
  {
    what: 'more words',
    change: (text: string) => text.replace('seven', 'seven eight'),
    differs: /the vocabulary has 9 words and had 8; 81 tokens of the training text would be used and 80 were/,
  },
  {
    what: 'the same words, the validation text in another order',
    change: (text: string, split: string) => (split === 'valid' ? text.replace('one two', 'two one') : text),
    differs: /began with: the validation text has other words among its 40$/,
  },
] as const;
