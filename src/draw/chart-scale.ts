/**
 * The numbers behind a chart: the range of an axis, its round ticks, and fewer points for a line than a search writes.
 */

export type ChartPoint = readonly [x: number, y: number];

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  /** Decimals that tell the ticks apart. */
  readonly decimals: number;
}

/**
 * An axis over [low, high] with about `count` ticks at multiples of 1, 2 or 5 times a power of ten.
 *
 * @param rounded whether the axis is widened to whole ticks; otherwise it ends where the data ends.
 */
export function axis(low: number, high: number, count: number, rounded: boolean): Axis {
  const [from, to] = areApart(low, high) ? [low, high] : widened(low);
  const step = roundStep((to - from) / Math.max(1, count));
  const first = rounded ? Math.floor(from / step + 1e-9) : Math.ceil(from / step - 1e-9);
  const last = rounded ? Math.ceil(to / step - 1e-9) : Math.floor(to / step + 1e-9);
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  // The product carries a rounding error into the last digits; the tick is the decimal number that is meant.
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(15)),
  );
  const [min = from, max = to] = rounded ? [ticks[0], ticks.at(-1)] : [from, to];
  return { min, max, ticks, decimals };
}

/** Whether ticks between two values can be told apart in double precision. */
function areApart(low: number, high: number): boolean {
  return high - low > Math.max(1e-290, 1e-12 * Math.max(Math.abs(low), Math.abs(high)));
}

/** One value alone gets room on both sides. */
function widened(value: number): [number, number] {
  const room = Math.abs(value) < 1e-290 ? 1 : Math.abs(value) * 0.1;
  return [value - room, value + room];
}

function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** The same for steps and epochs: it ends where the data end. */
export function stepAxis(points: readonly ChartPoint[], count: number): Axis {
  const xs = points.map(([x]) => x);
  const [low, high] = rangeOf(xs);
  return wholeOf(xs, axis(low, high, count, false));
}

/** The same for what is measured or counted, or for shares of it, widened to whole ticks. */
export function valueAxis(
  values: readonly number[],
  count: number,
  unit: 'number' | 'percent' = 'number',
): Axis {
  const [low, high] = rangeOf(values);
  // Of nothing but zeros the chart is of what may be counted, and there is no less than none.
  const found = low === 0 && high === 0 ? axis(0, 1, count, true) : axis(low, high, count, true);
  // Between all and nothing there are shares.
  return unit === 'percent' ? found : wholeOf(values, found);
}

/** Between two things that are counted there is no tick. */
function wholeOf(values: readonly number[], found: Axis): Axis {
  return values.every((value) => Number.isInteger(value))
    ? { ...found, ticks: found.ticks.filter((tick) => Number.isInteger(tick)), decimals: 0 }
    : found;
}

/** Of a logarithmic axis. */
const smallest = 1e-280;

/**
 * An axis over the logarithms of [low, high], both above 0: `min` and `max` are logarithms to base ten, ticks the values
 * themselves, at most `count` of them: at powers of ten; over less than two of them at 1, 2 and 5 times one.
 */
export function logAxis(low: number, high: number, count: number): Axis {
  // Numbers so small lose their digits; what lies among them is drawn as if it lay at their edge.
  const [least, most] = [Math.max(low, smallest), Math.max(high, smallest)];
  const [from, to] = least < most ? [least, most] : [least / 2, least * 2];
  const powers = Math.floor(Math.log10(from));
  const decades = Array.from({ length: Math.ceil(Math.log10(to)) - powers + 1 }, (_, i) => powers + i);
  const at = (factors: readonly number[]) =>
    decades
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((tick) => tick >= from * (1 - 1e-9) && tick <= to * (1 + 1e-9));
  const tens = at([1]);
  const few = tens.length >= 2 ? tens : at([1, 2, 5]);
  // Within one step of them, ticks as of a plain axis.
  const ticks = few.length >= 2 ? few : axis(from, to, count, false).ticks.filter((tick) => tick > 0);
  const every = Math.ceil(ticks.length / Math.max(1, count));
  const shown = ticks.filter((_, i) => i % every === 0);
  const decimals = Math.max(0, ...shown.map(decimalsOf));
  return { min: Math.log10(from), max: Math.log10(to), ticks: shown, decimals: Math.min(12, decimals) };
}

function decimalsOf(value: number): number {
  return Math.max(0, Math.ceil(-Math.log10(Math.abs(value)) - 1e-9));
}

/** The least and the most; without spreading: a search records more steps than a call may have arguments. */
export function rangeOf(values: readonly number[]): [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/**
 * Splits a series at values that are not numbers, so that a gap stays a gap.
 */
export function finiteRuns(points: readonly ChartPoint[]): readonly (readonly ChartPoint[])[] {
  const runs: ChartPoint[][] = [[]];
  for (const point of points) {
    if (point.every((value) => Number.isFinite(value))) runs.at(-1)?.push(point);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

/** Each point with the mean of the `window` points around it; near the ends, of those that are there. */
export function movingMean(points: readonly ChartPoint[], window: number): readonly ChartPoint[] {
  const before = Math.floor((window - 1) / 2);
  const sums = [0];
  for (const [, y] of points) sums.push((sums.at(-1) ?? 0) + y);
  return points.map(([x, y], i): ChartPoint => {
    const from = Math.max(0, i - before);
    const to = Math.min(points.length, i - before + window);
    return [x, to > from ? ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from) : y];
  });
}

/**
 * At most about `most` points that draw the same line: of each bucket of x the first, lowest, highest and last point,
 * so that no spike is lost.
 */
export function thinned(points: readonly ChartPoint[], most: number): readonly ChartPoint[] {
  if (points.length <= most) return points;
  const perBucket = Math.ceil(points.length / Math.max(1, Math.floor(most / 4)));
  const kept: ChartPoint[] = [];
  for (let start = 0; start < points.length; start += perBucket) {
    const bucket = points.slice(start, start + perBucket);
    const lowest = extreme(bucket, (y, best) => y < best);
    const highest = extreme(bucket, (y, best) => y > best);
    const indices = new Set([0, lowest, highest, bucket.length - 1]);
    for (const index of [...indices].sort((a, b) => a - b)) {
      const point = bucket[index];
      if (point !== undefined) kept.push(point);
    }
  }
  return kept;
}

function extreme(points: readonly ChartPoint[], better: (y: number, best: number) => boolean): number {
  let best = 0;
  for (const [i, [, y]] of points.entries()) {
    if (better(y, points[best]?.[1] ?? y)) best = i;
  }
  return best;
}
