/** The recurrent cell of DARTS as a `Space`. What it calls a skip connection is a node that is the `identity` of another. */
import type { Space } from '../space.ts';
import { deriveRnn, identityCount, rnnEdgeIndex } from './derive.ts';
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
  wiring: ({ nodes, concat }) => [
    {
      key: 'recurrent',
      title: 'Recurrent cell',
      nodes: nodes.map(({ op, source }, node) => ({
        name: stateName(node + 1),
        inputs: [{ op, from: stateName(source), row: rnnEdgeIndex(node, source) }],
      })),
      output: concat.map(stateName),
    },
  ],
  edgeNames: (rows) =>
    Array.from({ length: rows }, (_, node) => node)
      .flatMap((node) =>
        Array.from({ length: node + 1 }, (_, source) => `${stateName(source)} → ${stateName(node + 1)}`),
      )
      .slice(0, rows),
  skips: identityCount,
  validate: validateRnnGenotype,
  toJson: rnnGenotypeToJson,
  fromJson: rnnGenotypeFromJson,
  toNotation: rnnGenotypeToNotation,
  load: loadRnnGenotype,
  publishedName: publishedRnnName,
};

/** State 0 is what the cell makes of its input and its previous output. */
function stateName(state: number): string {
  return `state ${state}`;
}
