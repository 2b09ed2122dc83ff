/**
 * genotype.json: the cells that a search derived, or that a training is of.
 *
 * Its format is the genotype's own, which other programs read, and says no version: one that is not wholly legal (an op
 * that there is not, a state that a node cannot read) is refused.
 */

import { z } from 'zod';

import { NascentError } from '../../errors.ts';
import { genotypeToJson } from '../../space/images/genotype-json.ts';
import { validateGenotype } from '../../space/images/genotype.ts';
import type { Genotype } from '../../space/space.ts';
import { rnnGenotypeToJson } from '../../space/text/genotype-text.ts';
import { validateRnnGenotype } from '../../space/text/genotype.ts';
import type { JsonArtefact } from './artefact.ts';

const checked = z.unknown().transform((value, context): Genotype => {
  try {
    return hasNodes(value) ? validateRnnGenotype(value) : validateGenotype(value);
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    // It says the place in words: `normal cell, node 2, second input`.
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});
// What it takes is checked when it is taken.
const schema = checked as unknown as z.ZodType<Genotype, Genotype>;

/** A recurrent genotype is one cell, and a convolutional one a pair of them. */
function hasNodes(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'nodes' in value;
}

export const genotype: JsonArtefact<typeof schema> = {
  name: 'genotype.json',
  title: 'the cells',
  format: 'json',
  version: null,
  schema,
  text: (value) => ('nodes' in value ? rnnGenotypeToJson(value) : genotypeToJson(value)),
  summarise: (value) => [
    ['cells', 'nodes' in value ? 'recurrent' : Object.keys(value).join(', ')],
    ['nodes', String('nodes' in value ? value.nodes.length : value.normal.nodes.length)],
  ],
};
