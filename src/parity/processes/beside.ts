/**
 * Runtimes beside each other: as many at once as there are cores and memory for. What comes of it is in the order of what
 * was given, whoever is done first.
 */
import { availableParallelism } from 'node:os';
import { hostMemory } from '../../runtime/probe/memory.ts';

export interface Places<T> {
  /** How many at once. */
  readonly atOnce: number;
  /** What begins first: the largest (default: in order). */
  readonly weight?: (item: T) => number;
  /** Two of one lane are never at work at once: they share a card. Undefined for none. */
  readonly lane?: (item: T) => string | undefined;
}

/**
 * Runs `work` on each.
 *
 * @throws what it throws, of the first item that it does of; nothing new is begun then
 */
export async function besideEachOther<T, R>(
  items: readonly T[],
  { atOnce, weight = () => 0, lane = () => undefined }: Places<T>,
  work: (item: T, place: number) => Promise<R>,
): Promise<readonly R[]> {
  const waiting = items
    .map((item, place) => ({ item, place, lane: lane(item) }))
    .toSorted((a, b) => weight(b.item) - weight(a.item));
  const results = new Map<number, R>();
  const errors: { readonly place: number; readonly error: unknown }[] = [];
  const taken = new Set<string | undefined>();
  const worker = async (): Promise<void> => {
    while (errors.length === 0) {
      // What waits for a lane is left to whoever is in it.
      const next = waiting.findIndex((one) => one.lane === undefined || !taken.has(one.lane));
      const [task] = next < 0 ? [] : waiting.splice(next, 1);
      if (task === undefined) return;
      if (task.lane !== undefined) taken.add(task.lane);
      try {
        results.set(task.place, await work(task.item, task.place));
      } catch (error) {
        errors.push({ place: task.place, error });
      }
      taken.delete(task.lane);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, worker));
  const [first] = errors.toSorted((a, b) => a.place - b.place);
  if (first !== undefined) throw first.error;
  return items.flatMap((_, place) => (results.has(place) ? [results.get(place) as R] : []));
}

/** What a process takes where nothing is known of it, in bytes: Node and a library. */
const usualPeak = 2 ** 29;

/**
 * How many runtimes there is room for at once: one for each core, as long as each may take twice what the first took.
 *
 * @param peak what that was, in bytes
 */
export function roomFor(peak = 0, cores = availableParallelism(), memory = hostMemory()): number {
  return Math.max(1, Math.min(cores, Math.floor(memory / Math.max(usualPeak, 2 * peak))));
}
