/**
 * A genotype from whatever a person typed, of convolutional or of recurrent cells: the name of a published cell, a file,
 * a run folder, or the text itself.
 */
import { readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { didYouMean, NascentError } from '../errors.ts';
import { isNotation } from './notation.ts';

export interface GenotypeKind<G> {
  /** Such as `published cell`. */
  readonly published: string;
  readonly names: readonly string[];
  /** The published genotype of a name in any case. */
  readonly named: (name: string) => G | undefined;
  /** Reads JSON or notation. */
  readonly parse: (text: string) => G;
  /** The notation, for messages. */
  readonly example: string;
}

/** No genotype comes near this; a model or a dataset given by mistake does. */
const largestFile = 1 << 20;

/**
 * Tries, in this order: text (JSON or `Genotype(…)`), a published name, a path to a file holding either text, a folder
 * holding `genotype.json`.
 *
 * @throws NascentError `space/invalid-genotype` for text that is not a legal genotype (naming the file, if it is one),
 *   `input/unknown` if it is neither a name nor a file.
 */
export function genotypeGiven<G>(nameOrPathOrText: string, kind: GenotypeKind<G>): G {
  const given = nameOrPathOrText.trim();
  if (given === '') throw unknown('no genotype was given', '', kind);
  if (isGenotypeText(given)) return kind.parse(given);
  const published = kind.named(given);
  if (published !== undefined) return published;
  const found = genotypeFile(given);
  if (found === undefined) {
    const close = didYouMean(given, kind.names);
    const hint = close === undefined ? '' : `Did you mean '${close}'? `;
    throw unknown(`no ${kind.published} and no file is called '${given}'`, hint, kind);
  }
  if ('wrong' in found) throw unknown(found.wrong, found.hint, kind);
  try {
    return kind.parse(readFileSync(found.path, 'utf8'));
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    throw new NascentError(error.code, `${found.path}: ${error.message}`, { help: error.help, cause: error });
  }
}

/** Whether it is neither a name nor a path, but JSON or notation, right or wrong. */
export function isGenotypeText(given: string): boolean {
  return given.startsWith('{') || isNotation(given);
}

/** The file that a path means, or why what is there cannot be one; undefined where there is nothing. */
export function genotypeFile(
  given: string,
): { readonly path: string } | { readonly wrong: string; readonly hint: string } | undefined {
  const found = existing(given);
  if (found === undefined) return undefined;
  const path = found.isDirectory() ? join(given, 'genotype.json') : given;
  const file = existing(path);
  if (file === undefined) {
    return {
      wrong: `the folder '${given}' has no genotype.json`,
      hint: `A finished search writes one; of an unfinished one: nascent derive ${given} --out cells.json. `,
    };
  }
  if (file.isFile() && file.size <= largestFile) return { path };
  const what = file.isFile() ? `it holds ${file.size} bytes` : 'not a file';
  return { wrong: `'${path}' is not a genotype: ${what}`, hint: '' };
}

/** What is at a path; nothing also where the path cannot be one (`file/x`, or a text too long for a name). */
function existing(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function unknown(
  message: string,
  hint: string,
  { names, example }: Pick<GenotypeKind<unknown>, 'names' | 'example'>,
) {
  return new NascentError('input/unknown', message, {
    help:
      `${hint}Give a published cell (${names.join(', ')}), a genotype.json, the folder of a search, ` +
      `or the text ${example}.`,
  });
}
