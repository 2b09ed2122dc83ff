/**
 * The seed of the property tests, and how often each tries.
 *
 * - `FC_SEED=17` takes that seed, `FC_SEED=fresh` draws one and says which. Without it the seed is always the same, so
 *   that what fails after a change fails because of it. A law must hold whatever the seed, so a test names none.
 * - `FC_RUNS=1000` tries every property so many times, instead of as often as it asks for with `tries`.
 */
const usualSeed = 1;

/** The seed that the environment asks for. */
export function seedOf(given: string | undefined): number {
  if (given === undefined || given === '') return usualSeed;
  // What fast-check takes: a signed integer of 32 bits.
  if (given === 'fresh') return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(given);
  if (!Number.isInteger(seed) || seed !== (seed | 0))
    throw new Error(`FC_SEED is "fresh" or an integer, not ${given}`);
  return seed;
}

/** How many times each property is to be tried, where the environment says so. */
export function runsOf(given: string | undefined): number | undefined {
  if (given === undefined || given === '') return undefined;
  const runs = Number(given);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`FC_RUNS is a number of runs from 1, not ${given}`);
  return runs;
}

/** A property's own number of runs: more than the 100 that are usual where a run is cheap, fewer where it is dear. */
export function tries(usual: number): number {
  return runsOf(process.env['FC_RUNS']) ?? usual;
}
