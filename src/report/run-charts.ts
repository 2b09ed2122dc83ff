/** The charts of a run, from what it wrote down after every epoch. */
import { cellTitles, type ReadAlphas } from '../run/artefacts/alphas.ts';
import { metrics as metricsArtefact, type ReadMetrics } from '../run/artefacts/metrics.ts';
import { softmaxRows } from '../space/images/derive.ts';
import { lineChart, type ChartSeries } from './chart.ts';
import type { ChartPoint } from '../draw/chart-scale.ts';

/**
 * SVG documents, only of what the run has recorded. Epochs count from 1.
 *
 * @param byCharacters whether perplexities are of characters, and not of words
 */
export function metricCharts(metrics: readonly ReadMetrics[], byCharacters = false): readonly string[] {
  return metricsArtefact.charts.flatMap(({ lines, title: usual, ...rest }) => {
    const title = byCharacters && usual === 'Perplexity' ? `${usual} per character` : usual;
    const options = { ...rest, title };
    const series = Object.entries(lines).flatMap(([key, name]): ChartSeries[] => {
      const points = metrics.filter((record) => key in record).map((record) => pointOf(record, record[key]));
      return points.length === 0 ? [] : [{ name, points }];
    });
    return series.length === 0 ? [] : [lineChart(series, { ...options, xLabel: 'epoch' })];
  });
}

/**
 * How the mixing weight of a cell is shared among the operations, on average over its edges: a chart for each cell.
 *
 * @param alphas of alphas.jsonl: under the name of a cell a row of alphas for each edge
 * @param primitives in the order of a row
 */
export function alphaCharts(alphas: readonly ReadAlphas[], primitives: readonly string[]): readonly string[] {
  return Object.entries(cellTitles).flatMap(([cell, title]) => {
    const records = alphas.filter((record) => cell in record);
    const shares = records.map((record) => sharesOf(record[cell], primitives.length));
    if (shares.every((each) => each.length === 0)) return [];
    const series = primitives.map((name, k) => ({
      name,
      points: records.map((record, i) => pointOf(record, shares[i]?.[k])),
    }));
    const subtitle = 'softmax of alpha, mean over the edges';
    return [lineChart(series, { title, subtitle, yUnit: 'percent', yInclude: [0], xLabel: 'epoch' })];
  });
}

/** The mean of the rows' softmax; nothing where what is recorded is no rows of so many numbers. */
function sharesOf(rows: unknown, count: number): readonly number[] {
  if (!Array.isArray(rows)) return [];
  const whole = rows.filter(
    (row): row is number[] =>
      Array.isArray(row) && row.length === count && row.every((alpha) => typeof alpha === 'number'),
  );
  if (whole.length === 0) return [];
  const weights = softmaxRows(whole);
  return Array.from(
    { length: count },
    (_, k) => weights.reduce((sum, row) => sum + (row[k] ?? 0), 0) / weights.length,
  );
}

/** What is not a number leaves a gap. */
function pointOf({ epoch }: { readonly epoch?: unknown }, value: unknown): ChartPoint {
  return [typeof epoch === 'number' ? epoch + 1 : Number.NaN, typeof value === 'number' ? value : Number.NaN];
}
