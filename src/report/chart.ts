/**
 * A line chart as SVG: losses and accuracies over the steps or epochs of a run.
 */
import {
  type Axis,
  type ChartPoint,
  finiteRuns,
  movingMean,
  stepAxis,
  thinned,
  valueAxis,
} from '../draw/chart-scale.ts';
import { svgDocument, textLine } from './svg-document.ts';
import { coordinate as n, fitText, textWidth } from '../draw/svg-text.ts';
import { seriesColours, type Theme } from './theme.ts';

export interface ChartSeries {
  readonly name: string;
  /** In order of x. A point that is not a number leaves a gap. */
  readonly points: readonly ChartPoint[];
}

export interface ChartOptions {
  readonly title: string;
  readonly subtitle?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** `percent` takes fractions: 0.5 is written 50 %. */
  readonly yUnit?: 'number' | 'percent';
  /** Values that the y axis must include, such as 0. */
  readonly yInclude?: readonly number[];
  /** Draws the mean over this many points as the line, and the points themselves faintly behind it. */
  readonly smooth?: number;
  readonly width?: number;
  readonly height?: number;
  readonly theme?: Theme;
}

const margin = 24;
const tickSize = 11.5;

export function lineChart(series: readonly ChartSeries[], options: ChartOptions): string {
  const { title, subtitle, xLabel, yLabel, width = 720, height = 340 } = options;
  const { smooth = 1, theme = 'auto' } = options;
  const runs = series.map(({ points }) => finiteRuns(points));
  const all = runs.flat(2);
  const percent = options.yUnit === 'percent';

  const legend = legendLines(
    series,
    width - 2 * margin,
    margin + 16 + (subtitle === undefined ? 0 : 20) + 24,
  );
  const top = legend.bottom + (yLabel === undefined ? 18 : 40);
  const bottom = height - margin - (xLabel === undefined ? 12 : 32);
  const values = [...all.map(([, y]) => y), ...(options.yInclude ?? [])];
  const yAxis = valueAxis(values, Math.max(2, Math.round((bottom - top) / 44)), options.yUnit);
  const labels = ticksOf(yAxis, all).map((tick) => tickText(tick, yAxis, percent));
  const left = margin + Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, tickSize)))) + 8;
  const right = width - margin;
  const xAxis = stepAxis(all, Math.max(2, Math.round((right - left) / 90)));

  const toX = (x: number): number => left + ((x - xAxis.min) / (xAxis.max - xAxis.min)) * (right - left);
  const toY = (y: number): number => bottom - ((y - yAxis.min) / (yAxis.max - yAxis.min)) * (bottom - top);
  const drawLines = (of: readonly (readonly (readonly ChartPoint[])[])[], more: string): readonly string[] =>
    of.flatMap((ofSeries, i) =>
      ofSeries.map((run) => {
        const points = thinned(run, right - left).map(([x, y]): ChartPoint => [toX(x), toY(y)]);
        return drawRun(points, i % seriesColours, more);
      }),
    );
  const lines = [
    textLine('ink', { x: margin, y: margin + 14, size: 17 }, fitText(title, 18, width - 2 * margin), 'bold'),
    ...(subtitle === undefined
      ? []
      : [
          textLine(
            'muted',
            { x: margin, y: margin + 35, size: 12.5 },
            fitText(subtitle, 12.5, width - 2 * margin),
          ),
        ]),
    ...legend.lines,
    ...(yLabel === undefined ? [] : [textLine('muted', { x: margin, y: top - 14, size: tickSize }, yLabel)]),
    ...ticksOf(yAxis, all).flatMap((tick, i) => [
      `<path class="grid" fill="none" d="M${n(left)} ${n(toY(tick))}H${n(right)}"/>`,
      textLine('muted', { x: left - 8, y: toY(tick) + 4, size: tickSize, anchor: 'end' }, labels[i] ?? ''),
    ]),
    ...ticksOf(xAxis, all).map((tick) =>
      textLine(
        'muted',
        { x: toX(tick), y: bottom + 18, size: tickSize, anchor: 'middle' },
        tickText(tick, xAxis, false),
      ),
    ),
    ...(xLabel === undefined
      ? []
      : [
          textLine(
            'muted',
            { x: (left + right) / 2, y: bottom + 40, size: tickSize, anchor: 'middle' },
            xLabel,
          ),
        ]),
    ...(smooth > 1 ? drawLines(runs, ' stroke-opacity="0.25"') : []),
    ...drawLines(
      smooth > 1 ? runs.map((ofSeries) => ofSeries.map((run) => movingMean(run, smooth))) : runs,
      '',
    ),
  ];
  if (all.length === 0) {
    const middle = { x: (left + right) / 2, y: (top + bottom) / 2, size: 13, anchor: 'middle' } as const;
    lines.push(textLine('muted', middle, 'nothing recorded yet'));
  }
  return svgDocument({ width, height, lines }, { title, description: describe(series), theme });
}

/** An empty chart has no scale to show. */
function ticksOf({ ticks }: Axis, points: readonly ChartPoint[]): readonly number[] {
  return points.length === 0 ? [] : ticks;
}

function tickText(tick: number, { decimals, max }: Axis, percent: boolean): string {
  if (percent) return `${(tick * 100).toFixed(Math.max(0, decimals - 2))} %`;
  if (max >= 10_000 && decimals === 0 && tick % 1000 === 0) return tick === 0 ? '0' : `${tick / 1000}k`;
  return tick.toFixed(decimals);
}

/** A run of points in pixels; a point alone is a dot, or it could not be seen. */
function drawRun(run: readonly ChartPoint[], colour: number, more: string): string {
  const [first] = run;
  if (run.length === 1 && first !== undefined) {
    return `<circle class="dot-${colour}" cx="${n(first[0])}" cy="${n(first[1])}" r="3"/>`;
  }
  const path = run.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('');
  return (
    `<path class="series-${colour}" fill="none" stroke-width="1.8" stroke-linejoin="round" ` +
    `stroke-linecap="round"${more} d="${path}"/>`
  );
}

/** One row of names, broken where the chart ends. */
function legendLines(
  series: readonly ChartSeries[],
  width: number,
  top: number,
): { readonly lines: readonly string[]; readonly bottom: number } {
  const lines: string[] = [];
  let x = 0;
  let y = top;
  for (const [i, { name }] of series.entries()) {
    const label = fitText(name, 12, width - 26);
    const taken = 26 + textWidth(label, 12) + 18;
    if (x > 0 && x + taken - 18 > width) {
      x = 0;
      y += 20;
    }
    lines.push(
      `<path class="series-${i % seriesColours}" fill="none" stroke-width="2.4" stroke-linecap="round" ` +
        `d="M${n(margin + x)} ${n(y - 4)}h18"/>`,
      textLine('muted', { x: margin + x + 26, y, size: 12 }, label),
    );
    x += taken;
  }
  return { lines, bottom: series.length === 0 ? top - 20 : y };
}

/** The first and the last value of each line, for those who hear the chart. */
function describe(series: readonly ChartSeries[]): string {
  const parts = series.map(({ name, points }) => {
    const finite = finiteRuns(points).flat();
    const [first, last] = [finite[0], finite.at(-1)];
    if (first === undefined || last === undefined) return `${name}: no values.`;
    return `${name}: ${short(first[1])} at ${short(first[0])}, ${short(last[1])} at ${short(last[0])}.`;
  });
  return parts.join(' ');
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
