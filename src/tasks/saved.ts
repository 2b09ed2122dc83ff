/** The streams of a run as state that a checkpoint holds. */
import { z } from 'zod';
import { Random, type RandomState } from '../random.ts';
import type { Json } from '../run/record.ts';
import type { Saved } from './task.ts';

export const randomState = z.strictObject({
  seed: z.int().nonnegative(),
  counter: z.int().nonnegative(),
});

/** Where a stream of image batches stands. */
export const epochState = z.strictObject({
  epoch: z.int().nonnegative(),
  position: z.int().nonnegative(),
  order: randomState,
  random: randomState,
});

/** Where a stream of text slices stands. */
export const textState = z.strictObject({
  epoch: z.int().nonnegative(),
  position: z.int().nonnegative(),
  random: randomState,
});

/** A stream of random numbers that a checkpoint can put back. */
export class Draws {
  #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get random(): Random {
    return this.#random;
  }

  get state(): RandomState {
    return this.#random.state;
  }

  restore(state: RandomState): void {
    this.#random = Random.from(state);
  }
}

/** One part of what is saved: its schema, and the thing that has the state. */
export interface SavedPart<S> {
  readonly schema: z.ZodType<S>;
  readonly of: { readonly state: S; restore(state: S): void };
}

/** @returns a part whose type is checked here, and forgotten */
export function part<S>(schema: z.ZodType<S>, of: SavedPart<S>['of']): SavedPart<Json> {
  return {
    schema: schema as unknown as z.ZodType<Json>,
    // The schema has checked that it is of the type.
    of: {
      get state() {
        return of.state as unknown as Json;
      },
      restore: (state) => of.restore(state as unknown as S),
    },
  };
}

/** Parts under their names. */
export function saved(parts: Readonly<Record<string, SavedPart<Json>>>): Saved {
  const entries = Object.entries(parts);
  const schemas = Object.fromEntries(entries.map(([name, { schema }]) => [name, schema]));
  return {
    schema: z.strictObject(schemas),
    state: () => Object.fromEntries(entries.map(([name, { of }]) => [name, of.state])),
    restore(state) {
      const values = state as Readonly<Record<string, Json>>;
      for (const [name, { of }] of entries) of.restore(values[name] ?? null);
    },
  };
}
