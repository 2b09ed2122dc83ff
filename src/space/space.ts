/**
 * A space of cells: what a search chooses from, how alphas become a genotype, and how a genotype is written and read.
 * `images/` has the convolutional one, `text/` the recurrent one; whoever works with either asks for this.
 */
import type { CnnGenotype } from './images/genotype.ts';
import type { Rows } from './images/derive.ts';
import type { RnnGenotype } from './text/genotype.ts';

/** A genotype of either space. */
export type Genotype = CnnGenotype | RnnGenotype;

/** What a matrix of alphas is called, after its kind of cell. */
export type AlphasKey = 'normal' | 'reduce' | 'recurrent';

/** Architecture weights before softmax, a matrix [edges, primitives] for each kind of cell. */
export type Alphas = Readonly<Partial<Record<AlphasKey, Rows>>>;

export interface DeriveSettings {
  /** Nodes of a cell. */
  readonly nodes: number;
  /** What each column of alphas stands for. */
  readonly primitives: readonly string[];
  /** At most this many skip connections in the (normal) cell; null for any number. */
  readonly max_skips: number | null;
}

/** An op on an edge of a derived cell. */
export interface WiredInput {
  readonly op: string;
  /** The state that it reads, for people: `c_{k-1}`, `node 2`. */
  readonly from: string;
  /** The row of its edge in the matrix of alphas of its cell. */
  readonly row: number;
}

/** A derived cell as what its nodes read. */
export interface WiredCell {
  /** The key of its alphas, as in alphas.jsonl. */
  readonly key: AlphasKey;
  /** For people: `Normal cell`. */
  readonly title: string;
  readonly nodes: readonly { readonly name: string; readonly inputs: readonly WiredInput[] }[];
  /** The states that make the output, for people. */
  readonly output: readonly string[];
}

/** Methods, so that a `Space<CnnGenotype>` can stand where any space is asked for: each checks what it is given. */
export interface Space<G extends Genotype = Genotype> {
  /** A cell of it, for people: `convolutional`, `recurrent`. */
  readonly title: string;
  /** The matrices of alphas: their key in alphas.jsonl, and the state that holds them. */
  readonly alphas: readonly { readonly key: AlphasKey; readonly state: string }[];
  /** Where skips are counted, for people: `the normal cell`. */
  readonly skipsIn: string;
  /** The primitive that passes a state on unchanged. */
  readonly skip: string;

  /** @throws NascentError 'space/invalid' where shape and settings disagree, or an alpha is not a number */
  derive(alphas: Alphas, settings: DeriveSettings): G;
  /** What the nodes of each cell read, in the order of `alphas`. */
  wiring(genotype: G): readonly WiredCell[];
  /** For people, what the first `rows` rows of a matrix of alphas are of: `c_{k-1} → node 2`. */
  edgeNames(rows: number): readonly string[];
  /** Skip connections of the cell that collapses first: the normal one, or the only one. */
  skips(genotype: G): number;
  /** @throws NascentError 'space/invalid-genotype' with the place in it */
  validate(genotype: unknown): G;
  /** Canonical JSON, the content of a run's genotype.json. */
  toJson(genotype: G): string;
  /** @throws NascentError 'space/invalid-genotype' */
  fromJson(text: string): G;
  /** One line, in the notation of the official code. */
  toNotation(genotype: G): string;
  /**
   * A published name, a file, a run folder or the text itself.
   *
   * @throws NascentError 'space/invalid-genotype', 'input/unknown'
   */
  load(given: string): G;
  /** The published cell of a name in any case, as it is written; undefined where there is none. */
  publishedName(given: string): string | undefined;
}

/** `1 skip connection`, `3 skip connections`. */
export function skipsInWords(count: number): string {
  return `${count} skip ${count === 1 ? 'connection' : 'connections'}`;
}
