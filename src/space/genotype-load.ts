/**
 * A genotype from whatever a person typed: the name of a published cell, a file, a run directory, or the notation
 * itself.
 */
import { readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { didYouMean, NascentError } from '../errors.ts';
import type { CnnGenotype } from './genotype.ts';
import { genotypeFromJson } from './genotype-json.ts';
import { genotypeFromNotation } from './genotype-notation.ts';
import { isNotation } from './notation.ts';
import { publishedGenotypes, publishedName, publishedNames } from './published.ts';

/** No genotype comes near this; a model or a dataset given by mistake does. */
const largestFile = 1 << 20;

/**
 * Tries, in this order: text (JSON or `Genotype(…)`), a published name in any case (`darts_v2`, `NASNet`), a path to a
 * file holding either text, a directory holding `genotype.json`.
 *
 * @throws NascentError `space/invalid-genotype` for text that is not a legal genotype (naming the file, if it is one),
 *   `input/unknown` if it is neither a name nor a file.
 */
export function loadGenotype(nameOrPathOrText: string): CnnGenotype {
  const given = nameOrPathOrText.trim();
  if (given === '') throw unknown('no genotype was given');
  if (given.startsWith('{') || isNotation(given)) return parseGenotype(given);
  const name = publishedName(given);
  if (name !== undefined) return publishedGenotypes[name];
  return loadFile(given);
}

/** Reads either text form, told apart by its first character. */
export function parseGenotype(text: string): CnnGenotype {
  return text.trimStart().startsWith('{') ? genotypeFromJson(text) : genotypeFromNotation(text);
}

function loadFile(given: string): CnnGenotype {
  const found = existing(given);
  if (found === undefined) {
    const close = didYouMean(given, publishedNames);
    const hint = close === undefined ? '' : `Did you mean '${close}'? `;
    throw unknown(`no published cell and no file is called '${given}'`, hint);
  }
  const path = found.isDirectory() ? join(given, 'genotype.json') : given;
  const file = found.isDirectory() ? existing(path) : found;
  if (file === undefined) {
    throw unknown(`the directory '${given}' has no genotype.json`, 'A finished search writes one. ');
  }
  if (!file.isFile() || file.size > largestFile) {
    throw unknown(
      `'${path}' is not a genotype: ${file.isFile() ? `it holds ${file.size} bytes` : 'not a file'}`,
    );
  }
  try {
    return parseGenotype(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    throw new NascentError(error.code, `${path}: ${error.message}`, { help: error.help, cause: error });
  }
}

/** What is at a path; nothing also where the path cannot be one (`file/x`, or a text too long for a name). */
function existing(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function unknown(message: string, hint = ''): NascentError {
  return new NascentError('input/unknown', message, {
    help:
      `${hint}Give a published cell (${publishedNames.join(', ')}), a genotype.json, the directory of a search, ` +
      'or the text Genotype(normal=[…], …).',
  });
}
