/** Seeds as a person lists them. */

/** Most seeds that a range may stand for: each is a search of its own. */
const mostSeeds = 1000;

export const seedsHelp = 'whole numbers, each once, such as 0,1,2,3 or 0-3';

/** `0,1,2,3`, `0-3`, or both; undefined for what is no list of seeds, or has one twice. */
export function seedsIn(text: string): readonly number[] | undefined {
  const seeds = text.split(',').flatMap((part) => {
    const [, first, last = first] = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    const isRange =
      Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to && to - from < mostSeeds;
    return isRange ? Array.from({ length: to - from + 1 }, (_, i) => from + i) : [Number.NaN];
  });
  return seeds.every(Number.isSafeInteger) && new Set(seeds).size === seeds.length ? seeds : undefined;
}
