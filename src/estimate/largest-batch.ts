/**
 * The largest batch whose steps fit into an amount of memory, by measuring. What a step takes depends on the runtime, on how it
 * keeps memory, and on the network: a formula gives the least that it needs, and no more.
 */

/** What a few steps with a batch were found to take. */
export type Measured =
  | {
      readonly kind: 'measured';
      /** The most that the process had in memory, in bytes. */
      readonly peak: number;
      readonly stepsPerEpoch: number;
    }
  /** It was ended, or was not begun, for taking more than it may. */
  | { readonly kind: 'over' }
  /** It ended of itself, or was ended from outside, because the machine had no more memory for it. */
  | { readonly kind: 'out' }
  /** It was ended because it took too long to say anything. */
  | { readonly kind: 'slow' }
  /** The data is too little to make such a batch. */
  | { readonly kind: 'data' };

export interface Tried {
  readonly batch: number;
  readonly found: Measured;
  readonly fits: boolean;
}

export interface LargestBatch {
  /** Undefined where none fits. */
  readonly batch: number | undefined;
  /** In the order in which they were measured. */
  readonly tried: readonly Tried[];
  /** Why not a larger one: its memory, too few steps in an epoch, a step that takes too long, or too little data. */
  readonly stoppedBy: 'memory' | 'epoch' | 'time' | 'data';
}

/** With fewer steps an epoch learns little, and a larger batch is of no use. */
const leastSteps = 8;

/**
 * Powers of two from that of `usual` on: doubled as long as they fit, or halved until one does.
 *
 * @param usual the batch that the settings would have, which is measured first
 * @param limit in bytes
 */
export async function largestBatch(
  usual: number,
  limit: number,
  measure: (batch: number) => Promise<Measured>,
): Promise<LargestBatch> {
  const tried: Tried[] = [];
  const take = async (batch: number): Promise<Tried> => {
    const found = await measure(batch);
    const one = { batch, found, fits: found.kind === 'measured' && found.peak <= limit };
    tried.push(one);
    return one;
  };
  const first = await take(2 ** Math.floor(Math.log2(usual)));
  let last = first;
  while (!last.fits && last.batch > 1) last = await take(last.batch / 2);
  if (!last.fits) return { batch: undefined, tried, stoppedBy: reason(last) };
  while (first.fits) {
    if (stepsOfTwice(last) < leastSteps) return { batch: last.batch, tried, stoppedBy: 'epoch' };
    const next = await take(2 * last.batch);
    if (!next.fits) break;
    last = next;
  }
  // The size above the largest that fits is the last that did not, from above as from below.
  const above = tried.findLast(({ fits }) => !fits) as Tried;
  return { batch: last.batch, tried, stoppedBy: reason(above) };
}

/** Why a size does not fit. */
function reason({ found }: Tried): LargestBatch['stoppedBy'] {
  if (found.kind === 'slow') return 'time';
  return found.kind === 'data' ? 'data' : 'memory';
}

/** Steps of an epoch with a batch of twice the size: the last of an epoch may be a smaller one. */
function stepsOfTwice({ found }: Tried): number {
  return found.kind === 'measured' ? Math.ceil(found.stepsPerEpoch / 2) : Infinity;
}
