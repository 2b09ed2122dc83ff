import { expect, test } from 'vitest';

import { alphaCharts, metricCharts } from '../../src/report/run-charts.ts';

const titles = (charts: readonly string[]) => charts.map((svg) => /<title>(.*?)<\/title>/.exec(svg)?.[1]);
/** What a chart says to those who hear it: the first and the last value of each line. */
const said = (svg: string | undefined) => /<desc>(.*?)<\/desc>/.exec(svg ?? '')?.[1];

test('a chart is of what the run recorded, and of nothing else', () => {
  const search = [
    { kind: 'epoch' as const, epoch: 0, train_loss: 2.5, valid_loss: 2, train_accuracy: 0.1, skips: 1 },
    { kind: 'epoch' as const, epoch: 1, train_loss: 2.25, valid_loss: null, train_accuracy: 0.2, skips: 0 },
  ];
  const charts = metricCharts(search);
  expect(titles(charts)).toEqual(['Loss', 'Accuracy', 'Skip connections']);
  // A loss that was no number is null in the log, and a gap in the chart.
  expect(said(charts[0])).toBe('training: 2.5 at 1, 2.25 at 2. validation: 2 at 1, 2 at 1.');
  expect(metricCharts([])).toEqual([]);
});

test('alphas are shown as the share of each operation, a chart for each cell', () => {
  const even = [0, 0];
  const three = [Math.log(3), 0];
  const charts = alphaCharts(
    [
      { epoch: -1, normal: [even, even], reduce: [even, even] },
      { epoch: 0, normal: [three, three], reduce: [three, even] },
    ],
    ['sep_conv_3x3', 'skip_connect'],
  );
  expect(titles(charts)).toEqual(['Normal cell', 'Reduction cell']);
  expect(charts.map(said)).toEqual([
    'sep_conv_3x3: 0.5 at 0, 0.75 at 1. skip_connect: 0.5 at 0, 0.25 at 1.',
    'sep_conv_3x3: 0.5 at 0, 0.625 at 1. skip_connect: 0.5 at 0, 0.375 at 1.',
  ]);
  expect(alphaCharts([{ epoch: 0, genotype: {} }], ['none'])).toEqual([]);
});
