/** What parts of an output may be off that are far smaller than the rest of it (`parts.ts`). */
import { mostOf } from '../extremes.ts';
import type { Measurement } from './gates.ts';
import type { Parts } from './truth/spread.ts';

/** What is usual of one part over all inputs. */
interface Usual {
  /** Its largest value, on the input that is in the middle. */
  readonly size: number;
  /** The largest share that it cost of that, or of what it is where it is larger. */
  readonly share: number;
}

/** By the value that a part comes from, and what that is multiplied by. */
export type UsualParts = ReadonlyMap<string, Usual>;

/** What costs more of its size than this is what is left of large numbers: nobody can tell it to some digits. */
const mostOfPart = 2 ** -10;

/** By output. */
export function usualParts(measured: readonly Measurement[]): ReadonlyMap<string, UsualParts> {
  const gathered = new Map<string, Map<string, Seen[]>>();
  for (const { output, spread } of measured) {
    const { parts, largest } = spread;
    if (parts === undefined) continue;
    const own = gathered.get(output) ?? new Map<string, Seen[]>();
    gathered.set(output, own);
    const costs = costsOf(parts, largest);
    parts.sizes.forEach((size, part) => {
      if (size === 0) return;
      const key = keyOf(parts, part);
      const one = { size, cost: parts.isSmall[part] === 1 ? costs[part]! : 0 };
      own.set(key, [...(own.get(key) ?? []), one]);
    });
  }
  return new Map(
    [...gathered].map(([output, own]) => [
      output,
      new Map([...own].map(([key, seen]) => [key, usualOf(seen)])),
    ]),
  );
}

/** A part on one input. */
interface Seen {
  readonly size: number;
  readonly cost: number;
}

function usualOf(seen: readonly Seen[]): Usual {
  const middle = seen.map(({ size }) => size).toSorted((a, b) => a - b)[seen.length >> 1] ?? 0;
  return { size: middle, share: mostOf(seen.map(({ size, cost }) => cost / Math.max(size, middle))) };
}

function keyOf({ values, factors }: Parts, part: number): string {
  return `${values[part]} ${factors[part]}`;
}

/** Of fewer numbers, what they are off on one input may be luck, and so how large they are. */
const few = 16;

/**
 * What is far smaller may be off by as much of its size as it costs on this input; where it is few numbers, by as much as it costs
 * on any, and of what is its usual size. NaN of what is not far smaller.
 *
 * @param largest what the rest of the output costs
 * @param rest how far the rest may be off
 * @param usual of the output
 * @param isNarrow whether it was rounded to a narrower float in one way, which may be luck whatever the number
 * @param allowed how far what costs so much may be off
 */
export function allowedOf(
  parts: Parts,
  largest: number,
  rest: number,
  usual: UsualParts | undefined,
  isNarrow: boolean,
  least: number,
  allowed: (of: number) => number,
): Float64Array {
  const { of, sizes, isSmall } = parts;
  const costs = costsOf(parts, largest);
  const counts = new Float64Array(sizes.length);
  for (const part of of) counts[part]! += 1;
  const shares = costs.map((cost, part) => (isSmall[part] === 1 ? cost / sizes[part]! : 0));
  const some = shares.filter((share, part) => isSmall[part] === 1 && share <= mostOfPart).toSorted();
  const middle = some[some.length >> 1] ?? 0;
  return sizes.map((own, part) => {
    if (isSmall[part] !== 1) return NaN;
    const known = isNarrow || counts[part]! < few ? usual?.get(keyOf(parts, part)) : undefined;
    const size = Math.max(own, known?.size ?? 0);
    const cost = Math.max(costs[part]!, size * (known?.share ?? 0));
    // It is off by as much as what it is left of, which may be more than what the rest of the output is off.
    if (cost > mostOfPart * size) return Math.max(rest, allowed(cost));
    return allowed(Math.max(cost, size * Math.max(middle, least)));
  });
}

/** What each part costs: what it cost, or what another that is multiplied by another weight costs, times that. */
function costsOf({ isSmall, costs, factors, values }: Parts, largest: number): Float64Array {
  /** The largest factor of what is measured together, of each value. */
  const most = new Map<number, number>();
  factors.forEach((power, part) => {
    const value = values[part]!;
    if (isSmall[part] !== 1 && power > (most.get(value) ?? -Infinity)) most.set(value, power);
  });
  return costs.map((cost, part) => {
    const power = most.get(values[part]!);
    if (isSmall[part] !== 1 || power === undefined) return cost;
    return Math.max(cost, largest * 2 ** (factors[part]! - power));
  });
}
