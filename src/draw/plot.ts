/**
 * A line chart in the cells of a terminal: several series over each other, each with a mark of its own on its curve, so
 * that they can be told apart without colours. Lines of spans come out; who shows them chooses the colours.
 */
import { finiteRuns, logAxis, rangeOf, stepAxis, thinned, valueAxis } from './chart-scale.ts';
import type { Axis, ChartPoint } from './chart-scale.ts';
import { brailleDots, createDots, plainDots } from './dots.ts';
import type { Dot, Dots } from './dots.ts';

export interface PlottedSeries {
  /** One character that stands on the curve; empty for none, where there is one series alone. */
  readonly mark: string;
  /** In order of x. A point that is not a number leaves a gap. */
  readonly points: readonly ChartPoint[];
}

export interface PlotOptions {
  /** Cells of the whole, axes and labels included. */
  readonly width: number;
  readonly height: number;
  /** Whether the y axis is logarithmic: values that are not above 0 leave gaps. */
  readonly log?: boolean | undefined;
  /** `ascii` for terminals that have no braille: a mark for each cell of a curve, `*` where curves meet. */
  readonly glyphs?: 'braille' | 'ascii' | undefined;
  /** The part of the x axis to show (default: where there are points). */
  readonly x?: readonly [from: number, to: number] | undefined;
  readonly xLabel?: string | undefined;
  /** Values that the y axis shows whatever the data are. */
  readonly yInclude?: readonly number[] | undefined;
  /** `percent` takes shares: 0.5 is written 50 %. */
  readonly yUnit?: 'number' | 'percent' | undefined;
  /** A value of x that is pointed at by an upright line behind the curves. */
  readonly cursor?: number | undefined;
}

export type PlotSpanKind = 'space' | 'label' | 'axis' | 'curve' | 'cursor';

export interface PlotSpan {
  readonly kind: PlotSpanKind;
  readonly text: string;
  /** Of a curve: the series by number; undefined where several meet. */
  readonly series?: number | undefined;
}

export type PlotLine = readonly PlotSpan[];

/** Below these the plot gives up its labels, for the curves. */
const leastColumns = 8;
const leastRows = 3;

const strokes = {
  braille: { side: '│', tick: '┤', corner: '└', floor: '─', mark: '┬', cursor: '│' },
  ascii: { side: '|', tick: '+', corner: '+', floor: '-', mark: '+', cursor: ':' },
} as const;

/** `height` lines, each at most `width` cells wide; of an empty chart, its axes without numbers. */
export function plot(series: readonly PlottedSeries[], options: PlotOptions): readonly PlotLine[] {
  const { height, width } = options;
  if (height < 1 || width < 1) return [];
  const runs = series.map(({ points }) => finiteRuns(shown(points, options)));
  const all = runs.flat(2);
  const below = height >= leastRows + 2 ? 2 : 0;
  const rows = height - below;
  const yAxis = upright(all, options, Math.max(2, Math.round(rows / 3)));
  const labels = all.length === 0 ? [] : yAxis.ticks.map((tick) => tickText(tick, yAxis, options));
  const labelled = Math.max(0, ...labels.map(({ length }) => length)) + 1;
  const left = width - labelled - 1 >= leastColumns ? labelled : 0;
  const columns = left === 0 ? width : width - left - 1;
  const dots = createDots(columns, rows, options.glyphs === 'ascii' ? plainDots : brailleDots);
  const xAxis = horizontal(all, options, columns);
  const place = placing(xAxis, yAxis, options, dots);
  for (const [i, ofSeries] of runs.entries()) {
    for (const run of ofSeries) drawRun(dots, i, thinned(run, 8 * columns).map(place));
  }
  const marks = options.glyphs === 'ascii' ? new Map<number, number>() : placeMarks(series, dots);
  const ticks = new Map(
    labels.map((label, i) => [rowOf(place([xAxis.min, yAxis.ticks[i] ?? 0]), dots), label]),
  );
  const cursor = cursorColumn(options, xAxis, place, dots);
  const look = strokes[options.glyphs ?? 'braille'];
  const area = Array.from({ length: rows }, (_, row) => {
    const label = ticks.get(row);
    const side: PlotLine =
      left === 0
        ? []
        : [
            { kind: 'label', text: `${(label ?? '').padStart(left - 1)} ` },
            { kind: 'axis', text: label === undefined ? look.side : look.tick },
          ];
    const cells = Array.from({ length: columns }, (__, column) => {
      const at = cellAt(series, dots, marks, column, row, options);
      return at.kind === 'space' && column === cursor ? { kind: 'cursor' as const, text: look.cursor } : at;
    });
    return joined([...side, ...cells]);
  });
  if (below === 0) return area;
  const places = all.length === 0 ? [] : xAxis.ticks.map((tick) => columnOf(place([tick, 0]), dots));
  return [...area, floorLine(left, columns, places, look), xLabels(left, columns, xAxis, places, options)];
}

/** The lines as text. */
export function plotText(lines: readonly PlotLine[]): readonly string[] {
  return lines.map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
}

/** What a plot of these options can show of the points; a value that a logarithmic axis has no place for is none. */
function shown(points: readonly ChartPoint[], { x, log = false }: PlotOptions): readonly ChartPoint[] {
  const within = x === undefined ? points : points.filter(([each]) => !(each < x[0] || each > x[1]));
  return log ? within.map(([each, y]): ChartPoint => [each, y > 0 ? y : Number.NaN]) : within;
}

function upright(points: readonly ChartPoint[], options: PlotOptions, ticks: number): Axis {
  const { log = false, yInclude = [], yUnit } = options;
  const values = [...points.map(([, y]) => y), ...yInclude.filter((y) => !log || y > 0)];
  if (!log) return valueAxis(values, ticks, yUnit);
  const [low, high] = rangeOf(values);
  return logAxis(low > 0 ? low : 1, high, ticks);
}

function horizontal(points: readonly ChartPoint[], { x }: PlotOptions, columns: number): Axis {
  const ticks = Math.max(2, Math.round(columns / 12));
  return stepAxis(x === undefined ? points : [[x[0], 0], [x[1], 0], ...points], ticks);
}

/** Where the dot of a point is. */
function placing(x: Axis, y: Axis, { log = false }: PlotOptions, { columns, rows, size }: Dots) {
  const [across, down] = [columns * size.across - 1, rows * size.down - 1];
  return ([px, py]: ChartPoint): Dot => {
    const value = log ? Math.log10(py) : py;
    return [
      Math.round(((px - x.min) / (x.max - x.min)) * across),
      Math.round((1 - (value - y.min) / (y.max - y.min)) * down),
    ];
  };
}

function drawRun(dots: Dots, series: number, run: readonly Dot[]): void {
  for (const [i, dot] of run.entries()) dots.line(series, run[i - 1] ?? dot, dot);
}

const columnOf = ([x]: Dot, { size }: Dots): number => Math.floor(x / size.across);
const rowOf = ([, y]: Dot, { size }: Dots): number => Math.floor(y / size.down);

/** Undefined where there is no cursor, or it is not in the part that is shown. */
function cursorColumn(
  { cursor }: PlotOptions,
  { min, max }: Axis,
  place: (point: ChartPoint) => Dot,
  dots: Dots,
): number | undefined {
  if (cursor === undefined || !(cursor >= min && cursor <= max)) return undefined;
  return columnOf(place([cursor, 0]), dots);
}

/** A mark about every so many columns. */
const markEvery = 14;

/** Which series has its mark in which cell: series take turns along the x axis, so that curves on each other show all. */
function placeMarks(series: readonly PlottedSeries[], dots: Dots): ReadonlyMap<number, number> {
  const { columns } = dots;
  const marks = new Map<number, number>();
  const named = series.flatMap(({ mark }, i) => (mark === '' ? [] : [i]));
  const put = (each: number, column: number): boolean => {
    const row = dots.rowsOf(each, column).find((at) => !marks.has(at * columns + column));
    if (row === undefined) return false;
    marks.set(row * columns + column, each);
    return true;
  };
  const period = Math.max(markEvery, 2 * named.length);
  for (const [turn, each] of named.entries()) {
    const first = Math.floor(((turn + 0.5) * period) / named.length);
    let placed = false;
    for (let column = first; column < columns; column += period) placed = put(each, column) || placed;
    // A short curve may lie between its turns.
    for (let column = columns - 1; column >= 0 && !placed; column--) placed = put(each, column);
  }
  return marks;
}

function cellAt(
  series: readonly PlottedSeries[],
  dots: Dots,
  marks: ReadonlyMap<number, number>,
  column: number,
  row: number,
  { glyphs = 'braille' }: PlotOptions,
): PlotSpan {
  const found = dots.cell(column, row);
  const [first, ...others] = found.series;
  if (first === undefined) return { kind: 'space', text: ' ' };
  const marked = marks.get(row * dots.columns + column);
  if (marked !== undefined) return { kind: 'curve', text: series[marked]?.mark ?? '', series: marked };
  const alone = others.length === 0 ? first : undefined;
  if (glyphs === 'braille') return { kind: 'curve', text: found.glyph, series: alone };
  return { kind: 'curve', text: alone === undefined ? '*' : series[alone]?.mark || '*', series: alone };
}

function floorLine(
  left: number,
  columns: number,
  places: readonly number[],
  look: (typeof strokes)[keyof typeof strokes],
): PlotLine {
  const floor = Array.from({ length: columns }, (_, i) => (places.includes(i) ? look.mark : look.floor));
  return [
    { kind: 'space', text: ' '.repeat(left) },
    { kind: 'axis', text: `${left === 0 ? '' : look.corner}${floor.join('')}` },
  ];
}

/** The numbers below their ticks, as many as have room, and what they count at the end. */
function xLabels(
  left: number,
  columns: number,
  xAxis: Axis,
  places: readonly number[],
  { xLabel = '' }: PlotOptions,
): PlotLine {
  const offset = left === 0 ? 0 : left + 1;
  const width = offset + columns;
  const line = Array.from({ length: width }, () => ' ');
  const write = (text: string, at: number): void => {
    for (const [i, character] of Array.from(text).entries()) line[at + i] = character;
  };
  const tail = xLabel === '' || xLabel.length + 1 > columns ? '' : ` ${xLabel}`;
  const end = width - tail.length;
  if (tail !== '') write(tail, end);
  let free = 0;
  for (const [i, tick] of xAxis.ticks.entries()) {
    const place = places[i];
    if (place === undefined) continue;
    const text = tick.toFixed(xAxis.decimals);
    const at = Math.min(end - text.length, Math.max(0, offset + place - Math.floor(text.length / 2)));
    // One that had to be moved further than its own half would stand at another tick.
    const moved = Math.abs(at + Math.floor(text.length / 2) - (offset + place));
    if (at < free || moved > 1 + text.length / 2) continue;
    write(text, at);
    free = at + text.length + 1;
  }
  return [{ kind: 'label', text: line.join('') }];
}

function tickText(tick: number, { decimals, ticks }: Axis, { yUnit, log = false }: PlotOptions): string {
  if (yUnit === 'percent') return `${(tick * 100).toFixed(Math.max(0, decimals - 2))} %`;
  const most = Math.max(...ticks.map((each) => Math.abs(each)));
  // Seven figures say less than a power of ten.
  if (most >= 1e6 || (most > 0 && most < 1e-4)) return tick === 0 ? '0' : tick.toExponential(log ? 0 : 1);
  if (most >= 10_000 && ticks.every((each) => each % 1000 === 0)) return tick === 0 ? '0' : `${tick / 1000}k`;
  return log ? String(Number(tick.toPrecision(4))) : tick.toFixed(decimals);
}

/** Neighbours of one kind as one. */
function joined(spans: PlotLine): PlotLine {
  const line: { -readonly [K in keyof PlotSpan]: PlotSpan[K] }[] = [];
  for (const { kind, text, series } of spans) {
    const last = line.at(-1);
    if (last !== undefined && last.kind === kind && last.series === series) last.text += text;
    else line.push(series === undefined ? { kind, text } : { kind, text, series });
  }
  return line;
}
