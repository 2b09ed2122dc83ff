/** What parts of an output may be off that are far smaller than the rest of it (`parts.ts`). */
import { mostOf } from '../extremes.ts';
import type { Measurement } from './gates.ts';
import type { Parts } from './truth/spread.ts';

/** What is usual of one part over all inputs. */
interface Usual {
  /** The largest share of its size that it cost, where it was far smaller than others. */
  readonly share: number;
  /** Its largest value, on the input that is in the middle. */
  readonly size: number;
}

/** By the value that a part comes from, and what that is multiplied by. */
export type UsualParts = ReadonlyMap<string, Usual>;

/** What costs more of its size than this is what is left of large numbers: nobody can tell it to some digits. */
const mostOfPart = 2 ** -10;

/** By output. */
export function usualParts(measured: readonly Measurement[]): ReadonlyMap<string, UsualParts> {
  const gathered = new Map<string, Map<string, { readonly shares: number[]; readonly sizes: number[] }>>();
  for (const { output, spread } of measured) {
    const { parts, largest } = spread;
    if (parts === undefined) continue;
    const own = gathered.get(output) ?? new Map<string, { shares: number[]; sizes: number[] }>();
    gathered.set(output, own);
    const costs = costsOf(parts, largest);
    parts.sizes.forEach((size, part) => {
      if (size === 0) return;
      const key = keyOf(parts, part);
      const known = own.get(key) ?? { shares: [], sizes: [] };
      own.set(key, known);
      known.sizes.push(size);
      const share = costs[part]! / size;
      if (parts.isSmall[part] === 1 && share <= mostOfPart) known.shares.push(share);
    });
  }
  const usual = ({ shares, sizes }: { readonly shares: number[]; readonly sizes: number[] }): Usual => ({
    share: mostOf([0, ...shares]),
    size: sizes.toSorted((a, b) => a - b)[sizes.length >> 1] ?? 0,
  });
  return new Map(
    [...gathered].map(([output, own]) => [
      output,
      new Map([...own].map(([key, each]) => [key, usual(each)])),
    ]),
  );
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
 * @param usual of the output
 * @param allowed how far what costs so much may be off
 */
export function allowedOf(
  parts: Parts,
  largest: number,
  usual: UsualParts | undefined,
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
  return sizes.map((size, part) => {
    const share = shares[part]!;
    if (isSmall[part] !== 1 || share > mostOfPart) return NaN;
    const known = counts[part]! < few ? usual?.get(keyOf(parts, part)) : undefined;
    return allowed(Math.max(size, known?.size ?? 0) * Math.max(share, known?.share ?? 0, middle, least));
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
