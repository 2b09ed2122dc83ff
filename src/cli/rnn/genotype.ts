/** A recurrent genotype from whatever a person typed: the name of a published cell, a file, a run, or the text itself. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { didYouMean, NascentError } from '../../errors.ts';
import { isNotation } from '../../space/notation.ts';
import { rnnGenotypeFromJson, rnnGenotypeFromNotation } from '../../space/rnn/genotype-text.ts';
import type { RnnGenotype } from '../../space/rnn/genotype.ts';
import { publishedRnnGenotypes, publishedRnnName, publishedRnnNames } from '../../space/rnn/published.ts';

/** No genotype comes near this; a model given by mistake does. */
const largestFile = 1 << 20;

/**
 * @throws NascentError `space/invalid-genotype` for text that is no legal genotype, `input/unknown` if it is neither a name
 *   nor a file
 */
export function loadRnnGenotype(nameOrPathOrText: string): RnnGenotype {
  const given = nameOrPathOrText.trim();
  if (given.startsWith('{') || isNotation(given)) return parse(given);
  const name = publishedRnnName(given);
  if (name !== undefined) return publishedRnnGenotypes[name];
  const found = existing(given);
  const path = found?.isDirectory() === true ? join(given, 'genotype.json') : given;
  const file = existing(path);
  if (file === undefined || !file.isFile() || file.size > largestFile) {
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
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    throw new NascentError(error.code, `${path}: ${error.message}`, { help: error.help, cause: error });
  }
}

function parse(text: string): RnnGenotype {
  return text.trimStart().startsWith('{') ? rnnGenotypeFromJson(text) : rnnGenotypeFromNotation(text);
}

/** What is at a path; nothing also where the path cannot be one. */
function existing(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
