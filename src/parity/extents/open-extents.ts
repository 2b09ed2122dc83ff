/** What extents are drawn as that a file leaves open: batches, what somebody gave, and of the others what was guessed. */
import type { Fed } from '../whole/shapes.ts';
import { computed, isComputed, namesIn } from './written-extents.ts';

/** What named extents other than the batch are, by name. */
export type Extents = Readonly<Record<string, number>>;

/** What is guessed of extents of which nothing was said, by name. */
export type Guesses = ReadonlyMap<string, number>;

/** For a named extent of which nothing was said: short, and unlike any batch; of a side of an image, a usual one. */
const unsaidExtent = 5;
const unsaidSide = 64;

/** Extents of one case. */
export interface Drawing {
  readonly batch: number;
  /** What those are of which nothing was said and that are no sides of images, where that is not the usual. */
  readonly unsaid?: number | undefined;
}

export class OpenExtents {
  readonly #inputs: readonly Fed[];
  readonly #said: ReadonlyMap<string, number>;
  readonly #isBatch: (name: string) => boolean;
  readonly #sides: ReadonlySet<string>;
  readonly #guesses: Guesses;

  /** @param guesses what is guessed otherwise than is usual */
  constructor(inputs: readonly Fed[], said: Extents, guesses: Guesses = new Map()) {
    this.#guesses = guesses;
    this.#inputs = inputs;
    // A name may be that of a member of every object.
    this.#said = new Map(Object.entries(said));
    this.#isBatch = batchNames(inputs, batchSymbol(inputs));
    this.#sides = sidesIn(inputs);
  }

  shapeOf({ shape }: Fed, drawing: Drawing): number[] {
    return shape.map((dim) => (typeof dim === 'number' ? dim : this.of(dim, drawing)));
  }

  of(name: string, drawing: Drawing): number {
    const named = (one: string) => this.#said.get(one) ?? (this.#isBatch(one) ? drawing.batch : undefined);
    const guess = (one: string) => {
      if (this.#sides.has(one)) return this.#guesses.get(one) ?? unsaidSide;
      return Math.max(drawing.unsaid ?? 0, this.#guesses.get(one) ?? unsaidExtent);
    };
    return named(name) ?? computed(name, (one) => named(one) ?? guess(one)) ?? guess(name);
  }

  /** Names of which nobody said anything. Batches are not among them, nor what is computed from others. */
  get guessed(): ReadonlyMap<string, number> {
    const names = this.#inputs.flatMap(({ shape }) =>
      shape.flatMap((dim) => (typeof dim === 'string' && !this.#said.has(dim) ? namesIn(dim) : [])),
    );
    const open = names.filter((name) => !this.#said.has(name) && !this.#isBatch(name));
    return new Map(open.map((name) => [name, this.of(name, { batch: 1 })]));
  }

  /** What was said of the batch, by whichever of its names. */
  get saidBatch(): number | undefined {
    const symbol = batchSymbol(this.#inputs);
    if (symbol === undefined) return undefined;
    const others = [...this.#said.keys()].filter((name) => this.#isBatch(name));
    return [symbol, ...others].map((name) => this.#said.get(name)).find((extent) => extent !== undefined);
  }

  /** Those of them that are no sides of images: they may be lengths of texts, and longer. */
  get lengths(): Guesses {
    return new Map([...this.guessed].filter(([name]) => !this.#sides.has(name)));
  }

  isSide(name: string): boolean {
    return this.#sides.has(name);
  }

  /** By name, those of the batch as well. */
  all(drawing: Drawing): Extents {
    const names = this.#inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string'));
    return Object.fromEntries(names.map((name) => [name, this.of(name, drawing)]));
  }
}

/** The named extent that counts independent inputs: one that says so, or the first axis of the first input. */
export function batchSymbol(inputs: readonly Fed[]): string | undefined {
  const symbols = inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string'));
  const said = symbols.find((symbol) => /batch/i.test(symbol) && !isComputed(symbol));
  if (said !== undefined) return said;
  const first = inputs[0]?.shape[0];
  return typeof first === 'string' ? first : undefined;
}

/**
 * Names of the batch: exporters may give the first axis of every input a name of its own, and a model that is fed batches of
 * two sizes runs nowhere.
 */
function batchNames(inputs: readonly Fed[], symbol: string | undefined): (name: string) => boolean {
  const rows = inputs.flatMap(({ shape }) => (shape.length > 1 ? shape.slice(0, 1) : []));
  const others = new Set(inputs.flatMap(({ shape }) => (shape.length > 1 ? shape.slice(1) : shape)));
  return (name) => name === symbol || (rows.includes(name) && !others.has(name));
}

/** Names that are heights or widths of images [N, C, H, W] wherever they are. */
function sidesIn(inputs: readonly Fed[]): ReadonlySet<string> {
  const [sides, others] = [new Set<string>(), new Set<string>()];
  for (const input of inputs) {
    input.shape.forEach((dim, axis) => {
      if (typeof dim === 'string') (isSideOf(input, axis) ? sides : others).add(dim);
    });
  }
  return new Set([...sides].filter((name) => !others.has(name)));
}

/** A mask of words over words has one channel, too, and one row of it is no image. */
function isSideOf({ name, shape }: Fed, axis: number): boolean {
  const isImage = shape.length === 4 && [1, 3, 4].includes(Number(shape[1])) && !/mask/i.test(name);
  return isImage && axis >= 2 && shape[2] !== 1 && shape[3] !== 1;
}
