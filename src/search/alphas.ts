/** Alphas as a search reads and logs them, and the genotype that they stand for. */
import type { Tensor } from '../graph/tensor.ts';
import type { AlphasRecord, ReadAlphas } from '../run/artefacts/alphas.ts';
import type { Store } from '../runtime/runtime.ts';
import { alphaEntropy } from '../space/images/derive.ts';
import type { Alphas, AlphasKey, DeriveSettings, Genotype, Space } from '../space/space.ts';

/** A look at the alphas of a search. */
export interface Look {
  readonly alphas: Readonly<Partial<Record<AlphasKey, number[][]>>>;
  readonly genotype: Genotype;
}

/** What the store's alphas are now, and what is derived from them. */
export async function lookAt(store: Store, space: Space, settings: DeriveSettings): Promise<Look> {
  const tensors = await store.read(space.alphas.map(({ state }) => state));
  const alphas = Object.fromEntries(space.alphas.map(({ key, state }) => [key, rowsOf(tensors.get(state))]));
  return { alphas, genotype: space.derive(alphas, settings) };
}

/** A line of alphas.jsonl. Epoch -1 is before the first. */
export function alphaRecord(epoch: number, { alphas, genotype }: Look): AlphasRecord {
  return { epoch, ...alphas, genotype };
}

/** The alphas in a line of alphas.jsonl, by key; what was NaN or infinite, and is null there, is NaN. */
export function alphasIn(record: ReadAlphas, space: Space): Alphas {
  const rows = (key: AlphasKey) => (record[key] ?? []).map((row) => row.map((each) => each ?? Number.NaN));
  return Object.fromEntries(space.alphas.map(({ key }) => [key, rows(key)]));
}

/** Mean entropy of the rows, in nats; of several matrices, the mean of their means. */
export function meanEntropy(alphas: Alphas): number {
  const means = Object.values(alphas).map((rows) => alphaEntropy(rows).mean);
  return means.reduce((sum, mean) => sum + mean, 0) / Math.max(1, means.length);
}

/** Root mean square of how far alphas moved since an earlier look. */
export function distance(now: Alphas, before: Alphas): number {
  const values = flat(now);
  const earlier = flat(before);
  const squares = values.map((value, i) => (value - (earlier[i] ?? Number.NaN)) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length));
}

function flat(alphas: Alphas): number[] {
  return Object.values(alphas).flatMap((rows) => rows.flatMap((row) => Array.from(row)));
}

export function rowsOf(tensor: Pick<Tensor, 'shape' | 'data'> | undefined): number[][] {
  const [rows = 0, columns = 0] = tensor?.shape ?? [];
  const values = [...(tensor?.data ?? [])];
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}
