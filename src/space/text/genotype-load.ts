/** A genotype of a recurrent cell from whatever a person typed. */
import { readFileSync } from 'node:fs';
import { genotypeFile, genotypeGiven, isGenotypeText, type GenotypeKind } from '../genotype-given.ts';
import { publishedName } from '../images/published.ts';
import { rnnGenotypeFromJson, rnnGenotypeFromNotation } from './genotype-text.ts';
import type { RnnGenotype } from './genotype.ts';
import { publishedRnnGenotypes, publishedRnnName, publishedRnnNames } from './published.ts';

const kind: GenotypeKind<RnnGenotype> = {
  published: 'published recurrent cell',
  names: publishedRnnNames,
  named(given) {
    const name = publishedRnnName(given);
    return name === undefined ? undefined : publishedRnnGenotypes[name];
  },
  parse: parseRnnGenotype,
  example: 'Genotype(recurrent=[…], …)',
};

/**
 * The genotype that a published name in any case, text in either form, a file of either, or the folder of a search
 * means. `DARTS_V1` and `DARTS_V2` are here the recurrent cells of the name.
 *
 * @throws NascentError `space/invalid-genotype` for text that is no legal genotype (naming the file, if it is one),
 *   `input/unknown` if it is neither a name nor a file
 */
export function loadRnnGenotype(nameOrPathOrText: string): RnnGenotype {
  return genotypeGiven(nameOrPathOrText, kind);
}

/**
 * Whether what was given can only mean a recurrent cell, legal or not: the text of one, or a name that no convolutional
 * genotype has. Names that both have, and what cannot be read, give false.
 */
export function isRnnGenotype(nameOrPathOrText: string): boolean {
  const given = nameOrPathOrText.trim();
  if (isGenotypeText(given)) return looksRecurrent(given);
  if (publishedName(given) !== undefined) return false;
  if (publishedRnnName(given) !== undefined) return true;
  const found = genotypeFile(given);
  return found !== undefined && 'path' in found && looksRecurrent(readFileSync(found.path, 'utf8'));
}

/** Reads either text form, told apart by its first character. */
export function parseRnnGenotype(text: string): RnnGenotype {
  return text.trimStart().startsWith('{') ? rnnGenotypeFromJson(text) : rnnGenotypeFromNotation(text);
}

function looksRecurrent(text: string): boolean {
  return /\brecurrent\b|"nodes"/.test(text) && !/\bnormal\b/.test(text);
}
