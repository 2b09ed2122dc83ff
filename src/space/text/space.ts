/** The recurrent cell of DARTS as a `Space`. What it calls a skip connection is a node that is the `identity` of another. */
import type { Space } from '../space.ts';
import { deriveRnn, identityCount } from './derive.ts';
import { loadRnnGenotype } from './genotype-load.ts';
import { rnnGenotypeFromJson, rnnGenotypeToJson, rnnGenotypeToNotation } from './genotype-text.ts';
import { validateRnnGenotype, type RnnGenotype } from './genotype.ts';
import { rnnPrimitives, type RnnPrimitive } from './primitives.ts';
import { publishedRnnName } from './published.ts';

export const textSpace: Space<RnnGenotype> = {
  title: 'recurrent',
  alphas: [{ key: 'recurrent', state: 'alpha' }],
  skipsIn: 'the cell',
  skip: 'identity',
  derive({ recurrent = [] }, { nodes, primitives, max_skips: maxSkips }) {
    const known = primitives.filter((name): name is RnnPrimitive =>
      rnnPrimitives.some((each) => each === name),
    );
    return deriveRnn(recurrent, { nodes, primitives: known, ...(maxSkips !== null && { maxSkips }) });
  },
  skips: identityCount,
  validate: validateRnnGenotype,
  toJson: rnnGenotypeToJson,
  fromJson: rnnGenotypeFromJson,
  toNotation: rnnGenotypeToNotation,
  load: loadRnnGenotype,
  publishedName: publishedRnnName,
};
