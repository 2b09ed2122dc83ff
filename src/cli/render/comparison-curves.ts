/** The curves of a comparison over each other, as charts of text. */

import { markOf } from '../../compare/model.ts';
import type { Comparison, Curve } from '../../compare/model.ts';
import type { ChartPoint } from '../../draw/chart-scale.ts';
import { plot, plotText } from '../../draw/plot.ts';
import { wrapped } from './sheet.ts';
import type { PageLook } from './sheet.ts';

/** What is drawn of a search or a training: of each list the first that was measured. */
const drawn: readonly (readonly string[])[] = [
  ['valid_accuracy', 'test_accuracy', 'valid_perplexity', 'test_perplexity'],
  ['valid_loss', 'test_loss', 'train_loss'],
  ['alpha_entropy'],
  ['skips'],
];

const height = 12;
/** From so many times as much on, a perplexity is easier to read on a logarithmic axis. */
const steep = 20;

/** The curves that are drawn, of each kind of run the most telling first. */
export function drawnCurves({ curves }: Pick<Comparison, 'curves'>): readonly Curve[] {
  const kinds = new Set(curves.map(({ stage, task }) => `${stage} ${task}`));
  return [...kinds].flatMap((kind) => {
    const own = curves.filter(({ stage, task }) => `${stage} ${task}` === kind);
    return drawn.flatMap((keys) => {
      const found = keys.map((key) => own.find((curve) => curve.key === key)).find(isLine);
      return found === undefined ? [] : [found];
    });
  });
}

export function curveCharts(comparison: Comparison, look: PageLook): readonly (readonly string[])[] {
  return drawnCurves(comparison).map((curve) => chartOf(curve, look));
}

/** Of one epoch there is nothing to see. */
function isLine(curve: Curve | undefined): curve is Curve {
  return curve?.series.some(({ points }) => points.filter(([, value]) => value !== null).length > 1) === true;
}

/** The points of each series; epochs count from 1 for people. */
export function seriesOf({
  series,
}: Curve): readonly { readonly mark: string; readonly points: readonly ChartPoint[] }[] {
  return series.map(({ side, points }) => ({
    mark: markOf(side),
    points: points.map(([epoch, value]): ChartPoint => [epoch + 1, value ?? Number.NaN]),
  }));
}

export function isSteep(curve: Curve): boolean {
  const values = seriesOf(curve)
    .flatMap(({ points }) => points.map(([, y]) => y))
    .filter((y) => y > 0);
  return curve.key.endsWith('perplexity') && Math.max(...values) > steep * Math.min(...values);
}

function chartOf(curve: Curve, { width, ascii }: PageLook): readonly string[] {
  const { stage, title, key, apart } = curve;
  const lines = seriesOf(curve);
  const log = isSteep(curve);
  const chart = plot(lines, {
    width,
    height,
    log,
    glyphs: ascii ? 'ascii' : 'braille',
    xLabel: 'epoch',
    ...(key.endsWith('accuracy') && { yUnit: 'percent' as const }),
    ...(key === 'skips' && { yInclude: [0] }),
  });
  const name = `${title[0]?.toUpperCase()}${title.slice(1)} of the ${stage === 'search' ? 'search' : 'training'}`;
  return [
    ...wrapped(`${name}${log ? ', logarithmic' : ''}`, width, ''),
    ...plotText(chart),
    ...(apart === null ? [] : wrapped(`Not of the same data: ${apart}.`, width, '')),
  ];
}
