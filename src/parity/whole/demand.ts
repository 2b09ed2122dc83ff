/** What is known of the readers of a value: which whole numbers all of them take, and which show most of what they do. */
import { common, everything, interval, isEverything, united, type Intervals } from './intervals.ts';

export interface Demand {
  /** What every reader takes. */
  readonly taken: Intervals;
  /** The same of each place along the last axis, where these differ: rows and columns of a table. */
  readonly columns?: readonly Intervals[] | undefined;
  /** Where one of them begins to do something else: what it is compared with, and what is beside that. */
  readonly wanted: Intervals;
  /** Whether none of them divides by it. */
  readonly hasZero: boolean;
  /** Whether one of them asks only whether it is 0. */
  readonly isMask: boolean;
  /** A reader of which it is not known what it takes. */
  readonly unknown: string | undefined;
}

export const anything: Demand = {
  taken: everything,
  wanted: [],
  hasZero: true,
  isMask: false,
  unknown: undefined,
};

export const divisor: Demand = { ...anything, hasZero: false };
export const mask: Demand = { ...anything, isMask: true };

export function within(least: number, most: number, wanted: Intervals = []): Demand {
  return { ...anything, taken: interval(least, most), wanted };
}

export function unknownTo(reader: string): Demand {
  return { ...anything, unknown: reader };
}

export function isLimited({ taken }: Demand): boolean {
  return !isEverything(taken);
}

/** What two readers of one value both take. */
export function both(one: Demand, other: Demand): Demand {
  if (one === anything) return other;
  if (other === anything) return one;
  return {
    taken: common(one.taken, other.taken),
    columns: columnsOf(one, other) ?? columnsOf(other, one),
    wanted: united(one.wanted, other.wanted),
    hasZero: one.hasZero && other.hasZero,
    isMask: one.isMask || other.isMask,
    unknown: one.unknown ?? other.unknown,
  };
}

function columnsOf({ columns }: Demand, other: Demand): Demand['columns'] {
  return columns?.map((taken, i) => common(taken, other.columns?.[i] ?? other.taken));
}

/** Of what is in another order, or another shape. */
export function withoutColumns(demand: Demand): Demand {
  return demand.columns === undefined ? demand : { ...demand, columns: undefined };
}

/** The same of what a value is made of: `back` gives of numbers of the one those of the other that become them. */
export function madeOf(demand: Demand, back: (numbers: Intervals) => Intervals): Demand {
  const { taken, wanted } = demand;
  if (isEverything(taken) && wanted.length === 0) return { ...demand, hasZero: true };
  return { ...demand, hasZero: true, taken: isEverything(taken) ? taken : back(taken), wanted: back(wanted) };
}
