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

export function curveCharts({ curves }: Comparison, look: PageLook): readonly (readonly string[])[] {
  const kinds = new Set(curves.map(({ stage, task }) => `${stage} ${task}`));
  return [...kinds].flatMap((kind) => {
    const own = curves.filter(({ stage, task }) => `${stage} ${task}` === kind);
    return drawn.flatMap((keys) => {
      const found = keys.map((key) => own.find((curve) => curve.key === key)).find(isLine);
      return found === undefined ? [] : [chartOf(found, look)];
    });
  });
}

/** Of one epoch there is nothing to see. */
function isLine(curve: Curve | undefined): curve is Curve {
  return curve?.series.some(({ points }) => points.filter(([, value]) => value !== null).length > 1) === true;
}

function chartOf({ stage, title, key, series, apart }: Curve, { width, ascii }: PageLook): readonly string[] {
  const lines = series.map(({ side, points }) => ({
    mark: markOf(side),
    points: points.map(([epoch, value]): ChartPoint => [epoch + 1, value ?? Number.NaN]),
  }));
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y > 0);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const log = key.endsWith('perplexity') && high > steep * low;
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
