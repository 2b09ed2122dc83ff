/** How far float32 is from the truth in one output on one input, gathered from several ways to round. */
import type { Tensor } from '../../graph/tensor.ts';
import { isFloat, type AnyTensor } from '../../runtime/any-tensor.ts';
import { jumpsIn } from './decisions.ts';
import { farSmaller } from './channels.ts';
import type { Assembled } from './parts.ts';

/** What lies far below the rest of a tensor. */
export interface Small {
  /** What is smaller than this does. */
  readonly below: number;
  /** The largest of it. */
  readonly size: number;
  /** The largest distance of any of it. */
  readonly largest: number;
}

/** What an output is put together of, where some may be far smaller than the rest, as scores beside boxes. */
export interface Parts extends Assembled {
  /** The largest value of each part. */
  readonly sizes: Float64Array;
  /** 1 for those that are far smaller than others, and are held to what they cost themselves. */
  readonly isSmall: Uint8Array;
  /** The largest distance of any of the elements of these. */
  readonly costs: Float64Array;
}

/** How far float32 is from the truth in one output on one input. */
export interface Spread {
  /** The largest distance of any element in any of the ways to round. */
  readonly largest: number;
  /** The same of what lies far below the rest, as scores beside those that are masked by -10,000; where some does. */
  readonly small?: Small;
  /** The same of parts that are far smaller; where some are. `largest` is of the rest. */
  readonly parts?: Parts;
  /** The least that it may be taken for, as a share of the largest value, where that is not what float32 says. */
  readonly least?: number;
  /** The largest distance of any element where doubles are computed in. */
  readonly doubles?: number;
  /** 1 where an element is finite in one way and not in another: float32 does not tell what it is. */
  readonly loose?: Uint8Array;
  /**
   * How far each number may be off beyond that, since what decides it lies that near to a step; absent where none may. Whole
   * numbers are off by nothing else.
   */
  readonly undecided?: Float64Array;
  /** The share of numbers that hang on several decisions at once. */
  readonly mixed?: number;
}

/** The spread of an output of floats, with what those of them may be off further that hang on what is decided. */
export function withJumps(spread: Spread, truth: Tensor, others: readonly (Tensor | undefined)[]): Spread {
  const { largest, small, parts } = spread;
  const costs = (size: number, i: number): number => {
    const part = parts?.of[i] ?? -1;
    if (parts?.isSmall[part] === 1) return parts.costs[part]!;
    return small !== undefined && size < small.below ? small.largest : largest;
  };
  const jumps = jumpsIn(truth, costs, others);
  let { loose } = spread;
  for (const other of others) {
    if (other === undefined) continue;
    for (let i = 0; i < truth.data.length; i++) {
      const [a, b] = [truth.data[i]!, other.data[i]!];
      if (Number.isFinite(a) && Number.isFinite(b)) continue;
      if (!Object.is(a, b)) (loose ??= new Uint8Array(truth.data.length))[i] = 1;
    }
  }
  return {
    ...spread,
    ...(jumps !== undefined && { undecided: jumps.off, mixed: jumps.mixed }),
    ...(loose !== undefined && { loose }),
  };
}

/** Which whole numbers are others in one more way. */
export function undecidedIn(
  spread: Spread | undefined,
  truth: AnyTensor,
  other: AnyTensor,
): Pick<Spread, 'undecided'> {
  let undecided = spread?.undecided;
  for (let i = 0; i < truth.data.length; i++) {
    const distance = Math.abs((truth.data[i] ?? 0) - (other.data[i] ?? 0));
    if (distance === 0) continue;
    undecided ??= new Float64Array(truth.data.length);
    undecided[i] = Math.max(undecided[i] ?? 0, distance);
  }
  return undecided === undefined ? {} : { undecided };
}

/** The largest distance of any element that is finite in both. */
export function furthest(truth: AnyTensor, other: AnyTensor): number {
  let largest = 0;
  for (let i = 0; i < truth.data.length; i++) {
    const distance = Math.abs((truth.data[i] ?? 0) - (other.data[i] ?? 0));
    if (distance > largest && distance < Infinity) largest = distance;
  }
  return largest;
}

/**
 * The spread with one more way to round, of which a part counts.
 *
 * @param of where the output is put together of several parts
 */
export function widened(
  spread: Spread | undefined,
  truth: AnyTensor,
  other: AnyTensor,
  part: number,
  least = 0,
  of?: Assembled,
): Spread {
  const parts = spread === undefined ? partsIn(truth, of) : spread.parts;
  const isApart = parts?.isSmall.includes(1) === true;
  const small = spread !== undefined ? spread.small : isApart ? undefined : farBelow(truth);
  let [largest, smallLargest] = [spread?.largest ?? 0, small?.largest ?? 0];
  let loose = spread?.loose;
  for (let i = 0; i < truth.data.length; i++) {
    const [a, b] = [truth.data[i] ?? 0, other.data[i] ?? 0];
    if (Number.isFinite(a) && Number.isFinite(b)) {
      const distance = part * Math.abs(a - b);
      const from = parts?.of[i] ?? -1;
      if (parts?.isSmall[from] === 1) {
        parts.costs[from] = Math.max(parts.costs[from]!, distance);
      } else if (small !== undefined && Math.abs(a) < small.below) {
        smallLargest = Math.max(smallLargest, distance);
      } else {
        largest = Math.max(largest, distance);
      }
    } else if (!Object.is(a, b)) (loose ??= new Uint8Array(truth.data.length))[i] = 1;
  }
  return {
    largest,
    ...(small !== undefined && { small: { ...small, largest: smallLargest } }),
    ...(parts !== undefined && { parts }),
    ...(least > 0 && { least }),
    ...(loose !== undefined && { loose }),
    ...(spread?.doubles !== undefined && { doubles: spread.doubles }),
    ...(spread?.undecided !== undefined && { undecided: spread.undecided }),
  };
}

/** Masks are thousands and more, and nothing lies between them and what they mask: so many powers of two. */
const [leastMask, gap] = [10, 6];
/** Of fewer numbers what they are off may be luck. */
const leastSmall = 16;

/** What lies far below the rest, where the rest is large enough to be a mask. */
function farBelow({ dtype, data }: AnyTensor): Small | undefined {
  if (!isFloat(dtype)) return undefined;
  const counts = new Map<number, number>();
  for (const value of data) {
    const size = Math.abs(value);
    if (!(size > 0) || size === Infinity) continue;
    const power = Math.floor(Math.log2(size));
    counts.set(power, (counts.get(power) ?? 0) + 1);
  }
  const powers = [...counts.keys()].toSorted((a, b) => b - a);
  const at = powers.findIndex((power, i) => i > 0 && (powers[i - 1] ?? 0) - power >= gap);
  const [lowest, next] = [powers[at - 1] ?? 0, powers[at] ?? 0];
  const few = powers.slice(at).reduce((sum, power) => sum + (counts.get(power) ?? 0), 0);
  if (at < 0 || lowest < leastMask || few < leastSmall) return undefined;
  const below = 2 ** lowest;
  let size = 2 ** next;
  for (const value of data) if (Math.abs(value) < below) size = Math.max(size, Math.abs(value));
  return { below, size, largest: 0 };
}

/** Which parts are far smaller than others; undefined of what is put together of one. */
export function partsIn({ dtype, data }: AnyTensor, from: Assembled | undefined): Parts | undefined {
  if (!isFloat(dtype) || from?.of.length !== data.length || from.factors.length < 2) return undefined;
  const { of, factors } = from;
  const sizes = new Float64Array(factors.length);
  for (let i = 0; i < data.length; i++) {
    const [size, part] = [Math.abs(data[i] ?? 0), of[i]!];
    if (size > sizes[part]! && size < Infinity) sizes[part] = size;
  }
  const bound = sizes.reduce((a, b) => Math.max(a, b), 0) * 2 ** -farSmaller;
  const isSmall = Uint8Array.from(sizes, (size) => (size > 0 && size <= bound ? 1 : 0));
  return { ...from, sizes, isSmall, costs: new Float64Array(sizes.length) };
}
