/** Loss and metric of a run as charts: what its steps say while they go, and what was measured after each epoch. */

import type { ChartPoint } from '../../../draw/chart-scale.ts';
import { plot } from '../../../draw/plot.ts';
import type { PlotLine } from '../../../draw/plot.ts';
import type { ReadMetrics } from '../../../run/artefacts/metrics.ts';
import { span } from '../../theme.ts';
import type { Meaning, Talk } from '../../theme.ts';
import { firstFitting, padded } from '../../width.ts';
import type { Room } from '../frame.ts';
import type { ShownRun } from '../shown-run.ts';

const seriesMeanings: readonly Meaning[] = ['series1', 'series2', 'series3', 'series4'];
const seriesMarks = ['a', 'b', 'c', 'd'] as const;

export interface Curve {
  /** What stands on it, and for it in the legend; empty where it is alone. */
  readonly mark: string;
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

export interface Charted {
  readonly title: string;
  readonly unit: 'number' | 'percent';
  /** What the numbers are of, where the title does not say it: nats. */
  readonly what?: string;
  readonly curves: readonly Curve[];
}

/** The charts of a run: of its loss, and of its metric. Epochs count from 1, and a step lies between two of them. */
export function chartsOf(run: ShownRun): readonly [loss: Charted, metric: Charted] {
  const { metric, byCharacters } = run;
  const title = byCharacters && metric === 'perplexity' ? 'perplexity per character' : metric;
  return [
    { title: 'loss', unit: 'number', what: 'nats', curves: curvesOf(run, 'loss') },
    { title, unit: metric === 'accuracy' ? 'percent' : 'number', curves: curvesOf(run, metric) },
  ];
}

function curvesOf(run: ShownRun, what: string): readonly Curve[] {
  const live = run.live.flatMap(({ epoch, figures }): ChartPoint[] => {
    const value = figures[what];
    return value === undefined ? [] : [[epoch, value ?? Number.NaN]];
  });
  const measured = (split: string) =>
    run.watched.metrics.flatMap((record) => pointIn(record, `${split}_${what}`));
  const training = measured('train');
  const curves = [
    // What steps say is finer than what was written down after epochs, and the same.
    { name: 'training', points: live.length > training.length ? live : training },
    { name: 'validation', points: measured('valid') },
    { name: 'test', points: measured('test') },
  ].filter(({ points }) => points.length > 0);
  return curves.map((curve, i) => ({ ...curve, mark: curves.length > 1 ? (seriesMarks[i] ?? '') : '' }));
}

function pointIn(record: ReadMetrics, key: string): readonly ChartPoint[] {
  if (record.kind !== 'epoch' || !(key in record)) return [];
  const value = record[key];
  return [[record.epoch + 1, typeof value === 'number' ? value : Number.NaN]];
}

export interface CurveOptions {
  readonly log: boolean;
  /** The epoch that is pointed at. */
  readonly cursor: number | undefined;
}

/** The charts side by side or under one another, as there is room. */
export function curveLines(run: ShownRun, room: Room, options: CurveOptions): readonly Talk[] {
  const charts = chartsOf(run).filter(({ curves }) => curves.length > 0);
  return charts.length === 0
    ? [span('quiet', 'Nothing is measured yet.')]
    : chartLines(charts, room, options);
}

/** How many charts there is room for: two, or one. */
export function chartsIn({ width, height }: Pick<Room, 'width' | 'height'>): 1 | 2 {
  return width >= besideFrom || height >= stackedFrom ? 2 : 1;
}

/** Columns for two charts beside each other, and rows for two below each other: a legend, axes and three rows of curves. */
const [besideFrom, stackedFrom] = [72, 12];

/** As many of the charts as there is room for, from the first. */
export function chartLines(charts: readonly Charted[], room: Room, options: CurveOptions): readonly Talk[] {
  const [first, second] = charts.slice(0, chartsIn(room));
  if (first === undefined) return [];
  if (second === undefined) return oneChart(first, room, options);
  if (room.width >= besideFrom) {
    const width = Math.floor((room.width - 2) / 2);
    const [left, right] = [first, second].map((chart) => oneChart(chart, { ...room, width }, options));
    return besides(left ?? [], right ?? [], width);
  }
  const height = Math.floor(room.height / 2);
  return [
    ...oneChart(first, { ...room, height }, options),
    ...oneChart(second, { ...room, height: room.height - height }, options),
  ];
}

/** A legend, which says where each curve is at the cursor or now, and the chart. */
function oneChart(chart: Charted, room: Room, { log, cursor }: CurveOptions): readonly Talk[] {
  const { curves, unit, title, what } = chart;
  const isLog = log && unit !== 'percent';
  const legend = (heading: string, nameOf: (curve: Curve) => string): Talk => [
    span('strong', heading),
    ...curves.map((curve, i) => [
      ' ',
      span(meaningOf(i), [curve.mark, nameOf(curve)].filter((each) => each !== '').join(' ')),
      ` ${formatValue(valueAt(curve.points, cursor), unit)}`,
    ]),
  ];
  const scale = isLog ? `${title}, log scale` : title;
  const whole = what === undefined ? scale : `${title} in ${what}${isLog ? ', log scale' : ''}`;
  // Values matter more than the names of what they are of, which the chart's marks stand for.
  const choices = [
    legend(whole, ({ name }) => name),
    legend(scale, ({ name }) => name),
    legend(scale, ({ name }) => shortNames[name] ?? name),
    legend(isLog ? `${title}, log` : title, ({ mark }) => (mark === '' ? 'now' : '')),
  ] as const;
  const lines = plot(curves, {
    width: room.width,
    height: room.height - 1,
    log: isLog,
    glyphs: room.look.ascii ? 'ascii' : 'braille',
    xLabel: 'epoch',
    yUnit: unit,
    cursor,
  });
  return [firstFitting(choices, room.width), ...lines.map(lineOf)];
}

function meaningOf(series: number): Meaning {
  return seriesMeanings[series % seriesMeanings.length] ?? 'quiet';
}

/** Where there is no room for whole ones. */
const shortNames: Readonly<Record<string, string>> = { training: 'train', validation: 'valid' };

const plotMeanings = { space: undefined, label: 'quiet', axis: 'quiet', cursor: 'current' } as const;

export function lineOf(line: PlotLine): Talk {
  return line.map(({ kind, text, series }) => {
    if (kind === 'curve') return span(series === undefined ? 'strong' : meaningOf(series), text);
    const meaning = plotMeanings[kind];
    return meaning === undefined ? text : span(meaning, text);
  });
}

/** The value at x, or the last one. */
function valueAt(points: readonly ChartPoint[], x: number | undefined): number | undefined {
  if (x === undefined) return points.at(-1)?.[1];
  return points.findLast(([at]) => at <= x + 1e-9)?.[1];
}

function formatValue(value: number | undefined, unit: Charted['unit']): string {
  if (value === undefined) return '';
  if (!Number.isFinite(value)) return 'NaN';
  if (unit === 'percent') return `${(100 * value).toFixed(1)} %`;
  return value >= 100 ? value.toFixed(1) : value.toFixed(3);
}

function besides(left: readonly Talk[], right: readonly Talk[], width: number): readonly Talk[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [
    padded(left[i] ?? '', width),
    '  ',
    right[i] ?? '',
  ]);
}
