/** Sets of whole numbers, as intervals with both ends, in order and apart from each other. */

export type Interval = readonly [least: number, most: number];
export type Intervals = readonly Interval[];

export const everything: Intervals = [[-Infinity, Infinity]];

/** More of them are taken together. */
const mostIntervals = 64;

export function interval(least: number, most: number): Intervals {
  const [from, to] = [Math.ceil(least) + 0, Math.floor(most) + 0];
  return from <= to ? [[from, to]] : [];
}

export function isEverything([first]: Intervals): boolean {
  return first !== undefined && first[0] === -Infinity && first[1] === Infinity;
}

export function holds(set: Intervals, value: number): boolean {
  return set.some(([least, most]) => least <= value && value <= most);
}

export function contains(set: Intervals, [least, most]: Interval): boolean {
  return set.some((one) => one[0] <= least && most <= one[1]);
}

export function common(a: Intervals, b: Intervals): Intervals {
  if (isEverything(a)) return b;
  if (isEverything(b)) return a;
  return a.flatMap(([least, most]) =>
    b.flatMap((one) => interval(Math.max(least, one[0]), Math.min(most, one[1]))),
  );
}

export function united(a: Intervals, b: Intervals): Intervals {
  const joined: [number, number][] = [];
  for (const [least, most] of [...a, ...b].toSorted((x, y) => x[0] - y[0])) {
    const last = joined.at(-1);
    if (last !== undefined && least <= last[1] + 1) last[1] = Math.max(last[1], most);
    else joined.push([least, most]);
  }
  const [first, last] = [joined[0], joined.at(-1)];
  if (joined.length <= mostIntervals || first === undefined || last === undefined) return joined;
  return [[first[0], last[1]]];
}

export function without(set: Intervals): Intervals {
  const rest: Interval[] = [];
  let from = -Infinity;
  for (const [least, most] of set) {
    if (least > from) rest.push([from, least - 1]);
    from = most + 1;
  }
  if (from < Infinity) rest.push([from, Infinity]);
  return rest;
}

export function negated(set: Intervals): Intervals {
  return set.map(([least, most]): Interval => [0 - most, 0 - least]).toReversed();
}

/** Each end by itself; what is left of an interval is dropped where nothing is. */
export function mapped(set: Intervals, ends: (least: number, most: number) => Interval): Intervals {
  return set.flatMap(([least, most]) => interval(...ends(least, most)));
}
