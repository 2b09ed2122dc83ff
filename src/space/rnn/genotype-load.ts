/** A recurrent genotype from whatever a person typed: the name of a published cell, a file, a run, or the text itself. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean, NascentError } from '../../errors.ts';
import { isNotation } from '../notation.ts';
import { publishedName } from '../published.ts';
import { rnnGenotypeFromJson, rnnGenotypeFromNotation } from './genotype-text.ts';
import type { RnnGenotype } from './genotype.ts';
import { publishedRnnGenotypes, publishedRnnName, publishedRnnNames } from './published.ts';

/** No genotype comes near this; a model given by mistake does. */
const largestFile = 1 << 20;

/**
 * Tries, in this order: text (JSON or `Genotype(recurrent=…)`), a published name in any case, a path to a file holding
 * either text, a directory holding `genotype.json`. `DARTS_V1` and `DARTS_V2` are here the recurrent cells of the name.
 *
 * @throws NascentError `space/invalid-genotype` for text that is no legal genotype, `input/unknown` if it is neither a name
 *   nor a file
 */
export function loadRnnGenotype(nameOrPathOrText: string): RnnGenotype {
  const given = nameOrPathOrText.trim();
  if (isText(given)) return parseRnnGenotype(given);
  const name = publishedRnnName(given);
  if (name !== undefined) return publishedRnnGenotypes[name];
  const path = genotypeFile(given);
  if (path === undefined) {
    const close = didYouMean(given, publishedRnnNames);
    throw new NascentError(
      'input/unknown',
      `no published recurrent cell and no genotype's file is called '${given}'`,
      {
        help:
          `${close === undefined ? '' : `Did you mean '${close}'? `}Give a published cell ` +
          `(${publishedRnnNames.join(', ')}), a genotype.json, the directory of a search, or the text ` +
          'Genotype(recurrent=[…], …).',
      },
    );
  }
  try {
    return parseRnnGenotype(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    throw new NascentError(error.code, `${path}: ${error.message}`, { help: error.help, cause: error });
  }
}

/**
 * Whether what was given can only mean a recurrent cell, legal or not: the text of one, or a name that no convolutional
 * genotype has. Names that both have, and what cannot be read, give false.
 */
export function isRnnGenotype(nameOrPathOrText: string): boolean {
  const given = nameOrPathOrText.trim();
  if (isText(given)) return looksRecurrent(given);
  if (publishedName(given) !== undefined) return false;
  if (publishedRnnName(given) !== undefined) return true;
  const path = genotypeFile(given);
  return path !== undefined && looksRecurrent(readFileSync(path, 'utf8'));
}

/** Reads either text form, told apart by its first character. */
export function parseRnnGenotype(text: string): RnnGenotype {
  return text.trimStart().startsWith('{') ? rnnGenotypeFromJson(text) : rnnGenotypeFromNotation(text);
}

function isText(given: string): boolean {
  return given.startsWith('{') || isNotation(given);
}

function looksRecurrent(text: string): boolean {
  return /\brecurrent\b|"nodes"/.test(text) && !/\bnormal\b/.test(text);
}

/** The file that a path means; undefined where it means none, or one too large for a genotype. */
function genotypeFile(given: string): string | undefined {
  const path = existing(given)?.isDirectory() === true ? join(given, 'genotype.json') : given;
  const file = existing(path);
  return file?.isFile() === true && file.size <= largestFile ? path : undefined;
}

/** What is at a path; nothing also where the path cannot be one. */
function existing(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
