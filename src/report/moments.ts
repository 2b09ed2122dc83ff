/** A search as moments: after each epoch its mixing weights, and the cells that they would be. */
import { cellTitles, type ReadAlphas } from '../run/artefacts/alphas.ts';
import { genotype as genotypeFile } from '../run/artefacts/genotype.ts';
import { softmaxRows } from '../space/images/derive.ts';
import { imagesSpace } from '../space/images/space.ts';
import { textSpace } from '../space/text/space.ts';
import { kindOf, type FoundGenotype } from './read-run.ts';

export type CellName = keyof typeof cellTitles;

export interface Moment {
  /** Counted from 0; -1 is before the first. */
  readonly epoch: number;
  readonly cells: readonly MomentCell[];
  /** Undefined where none was written down, or it cannot be read. */
  readonly genotype: FoundGenotype | undefined;
}

export interface MomentCell {
  readonly name: CellName;
  /** [edges, primitives], softmax of each row; NaN in a row with an alpha that is NaN or infinite. */
  readonly weights: readonly (readonly number[])[];
  /** The place, row by row, of each weight whose op is an edge of the genotype. */
  readonly kept: readonly number[];
}

/** More moments than this are thinned, evenly and with both ends: a page is to be sent, and a slider has no more steps. */
export const mostMoments = 150;

/** @param primitives in the order of a row of alphas; rows of another length are left out */
export function momentsOf(alphas: readonly ReadAlphas[], primitives: readonly string[]): readonly Moment[] {
  return thinnedEvenly(alphas, mostMoments).map((record) => {
    const genotype = genotypeOf(record.genotype);
    const cells = Object.keys(cellTitles).flatMap((key): MomentCell[] => {
      const name = key as CellName;
      const rows = record[name];
      if (rows === undefined || rows.length === 0) return [];
      if (rows.some((row) => row.length !== primitives.length)) return [];
      const weights = softmaxRows(rows.map((row) => row.map((alpha) => alpha ?? Number.NaN)));
      return [{ name, weights, kept: keptIn(name, genotype, primitives, rows.length) }];
    });
    return { epoch: record.epoch, cells, genotype };
  });
}

/** What each row of alphas is the edge of: from a state to a node. */
export function edgeNames(cell: CellName, edges: number): readonly string[] {
  return (cell === 'recurrent' ? textSpace : imagesSpace).edgeNames(edges);
}

function genotypeOf(value: unknown): FoundGenotype | undefined {
  const parsed = genotypeFile.schema.safeParse(value);
  return parsed.success ? kindOf(parsed.data) : undefined;
}

function keptIn(
  cell: CellName,
  found: FoundGenotype | undefined,
  primitives: readonly string[],
  edges: number,
): readonly number[] {
  if (found === undefined) return [];
  const wiring =
    found.kind === 'recurrent' ? textSpace.wiring(found.genotype) : imagesSpace.wiring(found.genotype);
  const inputs = wiring.find(({ key }) => key === cell)?.nodes.flatMap((node) => node.inputs) ?? [];
  return inputs.flatMap(({ op, row }) => {
    const column = primitives.indexOf(op);
    return column < 0 || row >= edges ? [] : [row * primitives.length + column];
  });
}

/** At most `most` of a list, evenly, the first and the last among them. */
export function thinnedEvenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from(
    { length: most },
    (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))],
  ).filter((each) => each !== undefined);
}
