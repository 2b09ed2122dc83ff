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
  /** It was ended because it took too long to say anything. */
  | { readonly kind: 'slow' };

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
  /** Whether a larger one was left out because an epoch would have too few steps, or a step would take too long. */
  readonly stoppedBy: 'memory' | 'epoch' | 'time';
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
  const ends = ({ found }: Tried): LargestBatch['stoppedBy'] => (found.kind === 'slow' ? 'time' : 'memory');
  const first = await take(2 ** Math.floor(Math.log2(usual)));
  let [last, stoppedBy] = [first, ends(first)];
  while (!last.fits && last.batch > 1) last = await take(last.batch / 2);
  if (!last.fits) return { batch: undefined, tried, stoppedBy };
  while (first.fits) {
    if (last.found.kind === 'measured' && last.found.stepsPerEpoch < 2 * leastSteps) {
      stoppedBy = 'epoch';
      break;
    }
    const next = await take(2 * last.batch);
    stoppedBy = ends(next);
    if (!next.fits) break;
    last = next;
  }
  return { batch: last.batch, tried, stoppedBy };
}
