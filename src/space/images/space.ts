/** The convolutional cells of DARTS as a `Space`: a normal and a reduction cell. */
import type { Space } from '../space.ts';
import { derive, skipCount } from './derive.ts';
import { genotypeFromJson, genotypeToJson } from './genotype-json.ts';
import { loadGenotype } from './genotype-load.ts';
import { genotypeToNotation } from './genotype-notation.ts';
import { validateGenotype, type CnnGenotype } from './genotype.ts';
import { cnnPrimitives, type CnnPrimitive } from './primitives.ts';
import { publishedName } from './published.ts';

export const imagesSpace: Space<CnnGenotype> = {
  title: 'convolutional',
  alphas: [
    { key: 'normal', state: 'alpha.normal' },
    { key: 'reduce', state: 'alpha.reduce' },
  ],
  skipsIn: 'the normal cell',
  skip: 'skip_connect',
  derive({ normal = [], reduce = [] }, { nodes, primitives, max_skips: maxSkips }) {
    const known = primitives.filter((name): name is CnnPrimitive =>
      cnnPrimitives.some((each) => each === name),
    );
    return derive({ normal, reduce }, { nodes, primitives: known, ...(maxSkips !== null && { maxSkips }) });
  },
  skips: ({ normal }) => skipCount(normal),
  validate: validateGenotype,
  toJson: genotypeToJson,
  fromJson: genotypeFromJson,
  toNotation: genotypeToNotation,
  load: loadGenotype,
  publishedName,
};
