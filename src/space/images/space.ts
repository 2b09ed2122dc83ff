/** The convolutional cells of DARTS as a `Space`: a normal and a reduction cell. */
import type { Space, WiredCell } from '../space.ts';
import { derive, edgeCount, skipCount } from './derive.ts';
import { genotypeFromJson, genotypeToJson } from './genotype-json.ts';
import { loadGenotype } from './genotype-load.ts';
import { genotypeToNotation } from './genotype-notation.ts';
import { validateGenotype, type CellGenotype, type CnnGenotype } from './genotype.ts';
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
  wiring: ({ normal, reduce }) => [
    wiredCell('normal', 'Normal cell', normal),
    wiredCell('reduce', 'Reduction cell', reduce),
  ],
  edgeNames: (rows) =>
    Array.from({ length: rows }, (_, node) => node)
      .flatMap((node) =>
        Array.from({ length: node + 2 }, (_, source) => `${stateName(source)} → ${stateName(node + 2)}`),
      )
      .slice(0, rows),
  skips: ({ normal }) => skipCount(normal),
  validate: validateGenotype,
  toJson: genotypeToJson,
  fromJson: genotypeFromJson,
  toNotation: genotypeToNotation,
  load: loadGenotype,
  publishedName,
};

function wiredCell(key: 'normal' | 'reduce', title: string, { nodes, concat }: CellGenotype): WiredCell {
  return {
    key,
    title,
    nodes: nodes.map((inputs, node) => ({
      name: stateName(node + 2),
      inputs: inputs.map(({ op, source }) => ({
        op,
        from: stateName(source),
        row: edgeCount(node) + source,
      })),
    })),
    output: concat.map(stateName),
  };
}

function stateName(state: number): string {
  return ['c_{k-2}', 'c_{k-1}'][state] ?? `node ${state - 2}`;
}
