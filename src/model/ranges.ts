/**
 * Which range of a value eight bits are spread over, of what it was seen to be: all of it, or less, since a few far
 * numbers make the steps of all others coarse.
 *
 * - `min-max`: from the least to the greatest.
 * - `percentile`: but for one in ten thousand at each end, zeros apart.
 * - `entropy`: cut where the distribution in eight bits says least else than the one before (Kullback–Leibler), as
 *   Szymon Migacz has it in "8-bit inference with TensorRT" (2017).
 */
import type { Range } from '../../exporters/passes/quantise.ts';

export const calibrations = ['min-max', 'percentile', 'entropy'] as const;
export type Calibration = (typeof calibrations)[number];

/**
 * How often a value was in each of equally wide bins from −`reach` to `reach`. Zeros are not counted: eight bits hold them
 * exactly whatever the range, and there are so many behind a ReLU that they would outweigh all that is lost elsewhere.
 */
export interface Histogram {
  readonly reach: number;
  readonly counts: Float64Array;
}

const bins = 4096;
const cutAtEachEnd = 1e-4;
/** What the thresholds that are tried are multiples of, in bins of the size. */
const stride = 16;

export function emptyHistogram({ least, most }: Range): Histogram {
  return { reach: Math.max(Math.abs(least), Math.abs(most)) || 1, counts: new Float64Array(bins) };
}

export function count({ reach, counts }: Histogram, data: Iterable<number>): void {
  for (const value of data) {
    if (value === 0) continue;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(((value + reach) / (2 * reach)) * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
}

/** What is left of the range that a value was seen to have. */
export function cutRange(method: Calibration, whole: Range, histogram: Histogram): Range {
  switch (method) {
    case 'min-max':
      return whole;
    case 'percentile':
      return within(whole, percentiles(histogram));
    case 'entropy': {
      const threshold = thresholdOf(histogram, whole.least < 0 ? 128 : 256);
      return within(whole, { least: -threshold, most: threshold });
    }
  }
}

function within(whole: Range, { least, most }: Range): Range {
  return { least: Math.max(whole.least, least), most: Math.min(whole.most, most) };
}

function percentiles({ reach, counts }: Histogram): Range {
  const all = counts.reduce((sum, each) => sum + each, 0);
  const allowed = cutAtEachEnd * all;
  const width = (2 * reach) / bins;
  const edge = (at: (step: number) => number): number => {
    let passed = 0;
    for (let step = 0; step < bins; step++) {
      passed += counts[at(step)] ?? 0;
      if (passed > allowed) return step;
    }
    return bins;
  };
  return {
    least: -reach + width * edge((step) => step),
    most: reach - width * edge((step) => bins - 1 - step),
  };
}

/** The size beyond which numbers are cut, of so many levels of size. */
function thresholdOf({ reach, counts }: Histogram, levels: number): number {
  const half = bins / 2;
  const sizes = Float64Array.from(
    { length: half },
    (_, i) => (counts[half + i] ?? 0) + (counts[half - 1 - i] ?? 0),
  );
  let [best, found] = [Infinity, half];
  for (let kept = levels; kept <= half; kept += stride) {
    const divergence = divergenceOf(sizes, kept, levels);
    if (divergence < best) [best, found] = [divergence, kept];
  }
  return (found / half) * reach;
}

/** Of the sizes with those beyond `kept` counted at the last, from the same in `levels` steps. */
function divergenceOf(sizes: Float64Array, kept: number, levels: number): number {
  const inside = sizes.subarray(0, kept);
  const total = sizes.reduce((sum, each) => sum + each, 0);
  const insideTotal = inside.reduce((sum, each) => sum + each, 0);
  if (total === 0 || insideTotal === 0) return Infinity;
  const beyond = total - insideTotal;
  let [divergence, freedom] = [0, 0];
  for (let level = 0; level < levels; level++) {
    const [from, to] = [Math.floor((level * kept) / levels), Math.floor(((level + 1) * kept) / levels)];
    const own = inside.subarray(from, to);
    const filled = own.reduce((sum, each) => sum + (each > 0 ? 1 : 0), 0);
    freedom += Math.max(0, filled - 1);
    const mean = filled === 0 ? 0 : own.reduce((sum, each) => sum + each, 0) / filled;
    for (const [i, each] of own.entries()) {
      const p = (each + (from + i === kept - 1 ? beyond : 0)) / total;
      // What is cut can lie where nothing was: a level that says nothing of it costs as if it said almost nothing.
      const q = each > 0 ? mean / insideTotal : 1e-9;
      if (p > 0) divergence += p * Math.log(p / q);
    }
  }
  // Bins of few samples differ by chance: of a distribution that is level within its steps, by so much on average. Without
  // this, a value that was seen seldom would be cut where no bins are merged, whatever is lost beyond.
  return divergence - freedom / (2 * total);
}
