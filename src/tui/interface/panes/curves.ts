/** Loss and metric of a run as charts: what its steps say while they go, and what was measured after each epoch. */

import type { ChartPoint } from '../../../draw/chart-scale.ts';
import { plot } from '../../../draw/plot.ts';
import type { PlotLine } from '../../../draw/plot.ts';
import type { ReadMetrics } from '../../../run/artefacts/metrics.ts';
import { span } from '../../theme.ts';
import type { Meaning, Talk } from '../../theme.ts';
import { padded, widthOfTalk } from '../../width.ts';
import type { Room } from '../frame.ts';
import type { ShownRun } from '../shown-run.ts';

export const seriesMeanings: readonly Meaning[] = ['series1', 'series2', 'series3', 'series4'];
const seriesMarks = ['a', 'b', 'c', 'd'] as const;

interface Curve {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

export interface Charted {
  readonly title: string;
  readonly unit: 'number' | 'percent';
  readonly curves: readonly Curve[];
}

/** The charts of a run: of its loss, and of its metric. Epochs count from 1, and a step lies between two of them. */
export function chartsOf(run: ShownRun): readonly [loss: Charted, metric: Charted] {
  const { metric } = run;
  return [
    { title: 'loss', unit: 'number', curves: curvesOf(run, 'loss') },
    { title: metric, unit: metric === 'accuracy' ? 'percent' : 'number', curves: curvesOf(run, metric) },
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
  return [
    // What steps say is finer than what was written down after epochs, and the same.
    { name: 'training', points: live.length > training.length ? live : training },
    { name: 'validation', points: measured('valid') },
    { name: 'test', points: measured('test') },
  ].filter(({ points }) => points.length > 0);
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
  const [first, second] = charts;
  if (first === undefined) return [span('quiet', 'Nothing is measured yet.')];
  if (second === undefined) return chartLines(first, room, options);
  if (room.width >= 72) {
    const width = Math.floor((room.width - 2) / 2);
    const [left, right] = [first, second].map((chart) => chartLines(chart, { ...room, width }, options));
    return besides(left ?? [], right ?? [], width);
  }
  if (room.height >= 14) {
    const height = Math.floor(room.height / 2);
    return [
      ...chartLines(first, { ...room, height }, options),
      ...chartLines(second, { ...room, height: room.height - height }, options),
    ];
  }
  return chartLines(first, room, options);
}

/** A legend, which says where each curve is at the cursor or now, and the chart. */
function chartLines(chart: Charted, room: Room, { log, cursor }: CurveOptions): readonly Talk[] {
  const { curves, unit, title } = chart;
  const several = curves.length > 1;
  const name = log && title !== 'accuracy' ? `${title}, log scale` : title;
  const legend = (names: Readonly<Record<string, string>>): Talk => [
    span('strong', name),
    ...curves.map(({ name: whole, points }, i) => [
      ' ',
      span(
        seriesMeanings[i] ?? 'quiet',
        `${several ? `${seriesMarks[i] ?? '?'} ` : ''}${names[whole] ?? whole}`,
      ),
      ` ${formatValue(valueAt(points, cursor), unit)}`,
    ]),
  ];
  const whole = legend({});
  const lines = plot(
    curves.map(({ points }, i) => ({ mark: several ? (seriesMarks[i] ?? '') : '', points })),
    {
      width: room.width,
      height: room.height - 1,
      log: log && title !== 'accuracy',
      glyphs: room.look.ascii ? 'ascii' : 'braille',
      yUnit: unit,
      cursor,
    },
  );
  return [widthOfTalk(whole) <= room.width ? whole : legend(shortNames), ...lines.map(lineOf)];
}

/** Where there is no room for whole ones: values matter more. */
const shortNames = { training: 'train', validation: 'valid' } as const;

const plotMeanings = { space: undefined, label: 'quiet', axis: 'quiet', cursor: 'current' } as const;

export function lineOf(line: PlotLine): Talk {
  return line.map(({ kind, text, series }) => {
    if (kind === 'curve') return span(seriesMeanings[series ?? 3] ?? 'quiet', text);
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
