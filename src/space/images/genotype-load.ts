/** A genotype of convolutional cells from whatever a person typed. */
import { genotypeGiven, type GenotypeKind } from '../genotype-given.ts';
import { genotypeFromJson } from './genotype-json.ts';
import { genotypeFromNotation } from './genotype-notation.ts';
import type { CnnGenotype } from './genotype.ts';
import { publishedGenotypes, publishedName, publishedNames } from './published.ts';

const kind: GenotypeKind<CnnGenotype> = {
  published: 'published cell',
  names: publishedNames,
  named(given) {
    const name = publishedName(given);
    return name === undefined ? undefined : publishedGenotypes[name];
  },
  parse: parseGenotype,
  example: 'Genotype(normal=[…], …)',
};

/**
 * The genotype that a published name in any case (`darts_v2`, `NASNet`), text in either form, a file of either, or the
 * folder of a search means.
 *
 * @throws NascentError `space/invalid-genotype` for text that is not a legal genotype (naming the file, if it is one),
 *   `input/unknown` if it is neither a name nor a file.
 */
export function loadGenotype(nameOrPathOrText: string): CnnGenotype {
  return genotypeGiven(nameOrPathOrText, kind);
}

/** Reads either text form, told apart by its first character. */
export function parseGenotype(text: string): CnnGenotype {
  return text.trimStart().startsWith('{') ? genotypeFromJson(text) : genotypeFromNotation(text);
}
