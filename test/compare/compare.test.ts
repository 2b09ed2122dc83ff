import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { renderComparison } from '../../src/cli/render/comparison.ts';
import { compare } from '../../src/compare/compare.ts';
import { comparisonSchema } from '../../src/compare/model.ts';
import type { Comparison } from '../../src/compare/model.ts';
import type { ReadSide } from '../../src/compare/read-side.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { trainPresets } from '../../src/tasks/images/train-settings.ts';
import { rnnSearchPresets } from '../../src/tasks/text/search-settings.ts';
import { genotype, metricsOf, recurrent, runOf, stageOf } from '../support/compared.ts';
import { tries } from '../support/properties.ts';

/** Networks take a while to build, and say nothing of a law. */
const noNetworks = () => undefined;
const compared = (...sides: readonly ReadSide[]) => compare(sides, noNetworks);

const claimOf = ({ figures }: Comparison, at: 'best' | 'last', key = 'valid_accuracy') =>
  figures.find((figure) => figure.key === key && figure.at === at)?.claim;

test('which is better, by how much, best and last', () => {
  const found = compared(runOf(), runOf({ metrics: metricsOf('images', [0.25, 0.5]), status: 'stopped' }));
  expect(claimOf(found, 'best')).toEqual({ kind: 'better', sides: [0], by: 0.25, soFar: true });
  expect(claimOf(found, 'last')).toEqual({ kind: 'better', sides: [0], by: 0.125, soFar: true });
  expect(claimOf(found, 'last', 'train_loss')).toMatchObject({ kind: 'none' });
  const texts = (values: readonly number[]): ReadSide => ({
    ...runOf({
      task: 'text',
      dataset: 'ptb',
      metrics: metricsOf('text', values),
      images: undefined,
      settings: { ...rnnSearchPresets['quick-rnn'], primitives: [] },
      corpus: { words: 10, vocabulary_sha256: 'v', used: { valid: { tokens: 5, sha256: 's' } } },
    }),
    genotype: recurrent('ENAS').genotype,
  });
  // Of perplexities the lower is better.
  expect(claimOf(compared(texts([90, 80]), texts([100, 85])), 'best', 'valid_perplexity')).toEqual({
    kind: 'better',
    sides: [0],
    by: 5,
    soFar: false,
  });
});

test.each([
  [
    'another dataset',
    { dataset: 'synthetic' },
    'dataset: "cifar10" in A, "synthetic" in B'.replaceAll('"', ''),
  ],
  ['a dataset that is not known', { dataset: undefined }, 'dataset of B is not known'],
  [
    'fewer images measured',
    { settings: { ...stageOf().settings, valid_images: 10 } },
    'the setting valid_images: 320 in A, 10 in B',
  ],
  [
    'other images',
    { images: { height: 32, width: 32, classes: ['a'], sha256: '0'.repeat(64) } },
    'the images: ffffffff in A, 00000000 in B',
  ],
])('nothing is claimed of %s', (_, changed, why) => {
  const found = compared(runOf(), runOf({ ...changed, metrics: metricsOf('images', [0.25]) }));
  expect(claimOf(found, 'best')).toEqual({ kind: 'none', why });
  expect(found.curves.find(({ key }) => key === 'valid_accuracy')?.apart).toBe(why);
});

test('test figures are of the test images, whatever was trained on; a search is never held against a training', () => {
  const training = (images: number, value: number) =>
    runOf({
      stage: 'train',
      settings: { ...trainPresets.quick, train_images: images },
      metrics: [{ kind: 'epoch', epoch: 0, test_accuracy: value, valid_accuracy: value }],
      images: { height: 32, width: 32, classes: ['a'], sha256: String(images).padEnd(64, '0') },
    });
  const found = compared(training(10, 0.25), training(20, 0.75), runOf());
  expect(claimOf(found, 'best', 'test_accuracy')).toMatchObject({ kind: 'better', sides: [1], by: 0.5 });
  expect(claimOf(found, 'best')).toMatchObject({ kind: 'none' });
  expect(found.settings).toMatchObject([
    { stage: 'train', members: [0, 1], different: [{ name: 'train_images' }] },
  ]);
  expect(compared(runOf(), training(10, 0.25)).refused).toMatchObject([
    {
      section: 'settings',
      why: expect.stringContaining('A is a search on images, B is a training on images'),
    },
    { section: 'costs' },
  ]);
});

test('only settings that differ are listed, and how many are the same', () => {
  const other = { ...stageOf().settings, order: 2, batch_size: 64 };
  const [settings] = compared(runOf(), runOf({ settings: other })).settings;
  expect(settings?.different).toEqual([
    { name: 'order', values: [{ value: 1 }, { value: 2 }] },
    { name: 'batch_size', values: [{ value: 32 }, { value: 64 }] },
  ]);
  expect(settings?.same).toBe(Object.keys(other).length - 2);
  // Of a damaged run none are known: that is no difference.
  expect(compared(runOf(), runOf({ settings: {} }))).toMatchObject({
    settings: [],
    refused: [{ section: 'settings' }, { section: 'costs' }],
  });
});

test('edges are the same where node, source and op are', () => {
  const [found] = compared(genotype('DARTS_V1'), genotype('DARTS_V2')).cells;
  const count = (cell: 'normal' | 'reduce') => {
    const edges = (name: 'DARTS_V1' | 'DARTS_V2') =>
      publishedGenotypes[name][cell].nodes.flatMap((inputs, node) =>
        inputs.map(({ op, source }) => `${node} ${source} ${op}`),
      );
    return edges('DARTS_V1').filter((edge) => edges('DARTS_V2').includes(edge)).length;
  };
  expect(found?.cells.map(({ cell, same }) => [cell, same])).toEqual([
    ['normal', count('normal')],
    ['reduce', count('reduce')],
  ]);
  expect(found?.identical).toBe(false);
  // NASNet reads a state twice in one node.
  const twice = compared(genotype('NASNet'), genotype('NASNet')).cells[0];
  expect(twice).toMatchObject({ identical: true, cells: [{ same: 10, counts: [10, 10] }, { same: 10 }] });
});

test('a network that cannot be built is said, and stops nothing', () => {
  const settings = { ...trainPresets.quick, layers: 1 };
  const odd = runOf({ stage: 'train', settings, images: { height: 32, width: 32, classes: ['a'] } });
  const { costs } = compared(odd, genotype('DARTS_V2'));
  expect(costs.unbuilt).toEqual([expect.stringContaining('1 classes'), null]);
});

test('text and images are refused a word each', () => {
  expect(compared(genotype('DARTS_V2'), recurrent('ENAS')).refused).toMatchObject([
    { section: 'settings' },
    { section: 'figures' },
    { section: 'curves' },
    {
      section: 'cells',
      why: 'they are of different spaces: A has convolutional cells, B has recurrent cells',
    },
    { section: 'costs' },
  ]);
});

const value = fc.option(fc.integer({ min: 0, max: 4 }).map((each) => each / 4));
const side: fc.Arbitrary<ReadSide> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(genotype('DARTS_V1'), genotype('NASNet'), recurrent('ENAS')) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        stage: fc.constantFrom('search' as const, 'train' as const),
        dataset: fc.constantFrom('cifar10', 'synthetic', undefined),
        status: fc.constantFrom('done' as const, 'stopped' as const, undefined),
        seed: fc.nat(3),
        values: fc.array(value, { maxLength: 4 }),
        settings: fc.dictionary(fc.constantFrom('rate', 'epochs', 'valid_images'), fc.nat(2)),
        name: fc.constantFrom('DARTS_V1' as const, 'DARTS_V2' as const, 'AmoebaNet' as const),
      })
      .map(({ values, name, settings, ...changed }) =>
        runOf({ ...changed, settings: { ...settings }, metrics: metricsOf('images', values) }, name),
      ),
  },
);

test('what is compared with itself does not differ', () => {
  fc.assert(
    fc.property(side, (one) => {
      const { settings, figures, curves, cells, costs } = compared(one, one);
      expect(settings.flatMap(({ different }) => different)).toEqual([]);
      expect(figures.filter(({ claim }) => claim.kind === 'better')).toEqual([]);
      for (const { values } of figures) expect(values[0]).toEqual(values[1]);
      for (const { series } of curves) expect(series[0]?.points).toEqual(series[1]?.points);
      expect(cells.every(({ identical }) => identical)).toBe(true);
      expect(cells.flatMap((each) => each.cells).every(({ edges }) => edges.every(({ same }) => same))).toBe(
        true,
      );
      expect(costs.values[0]).toEqual(costs.values[1]);
    }),
    { numRuns: tries(100) },
  );
});

test('in the other order it says the same of the others', () => {
  // Of why nothing is claimed, the words name the sides in their order, and rows come in the order of the first.
  const plain = ({ settings, figures, cells, curves }: Comparison) => ({
    settings: settings.map(({ same, different }) => [
      same,
      different.map((each) => JSON.stringify(each)).sort(),
    ]),
    figures: figures.map(({ claim, ...figure }) => ({
      ...figure,
      claim: claim.kind === 'none' ? claim.kind : claim,
    })),
    cells,
    curves: curves.map(({ apart, ...curve }) => ({ ...curve, apart: apart === null })),
  });
  fc.assert(
    fc.property(side, side, (a, b) => {
      expect(plain(turned(compared(a, b)))).toEqual(plain(compared(b, a)));
    }),
    { numRuns: tries(100) },
  );
});

/** A comparison of two with its sides exchanged. */
function turned(comparison: Comparison): Comparison {
  const { settings, figures, cells, curves } = comparison;
  const other = (members: readonly number[]) => members.map((each) => 1 - each).reverse();
  return {
    ...comparison,
    settings: settings.map((group) => ({
      ...group,
      members: other(group.members),
      different: group.different.map((each) => ({ ...each, values: [...each.values].reverse() })),
    })),
    figures: figures.map((figure) => ({
      ...figure,
      values: [...figure.values].reverse(),
      claim:
        figure.claim.kind === 'better' ? { ...figure.claim, sides: other(figure.claim.sides) } : figure.claim,
    })),
    cells: cells.map((group) => ({
      ...group,
      members: other(group.members),
      cells: group.cells.map((cell) => ({
        ...cell,
        counts: [...cell.counts].reverse(),
        skips: [...cell.skips].reverse(),
        outputs: [...cell.outputs].reverse(),
        edges: cell.edges.map((edge) => ({ ...edge, ops: [...edge.ops].reverse() })),
      })),
    })),
    curves: curves.map((curve) => ({
      ...curve,
      series: curve.series.map((each) => ({ ...each, side: 1 - each.side })).reverse(),
    })),
  };
}

test('as JSON it is of its schema, and as text no wider than it may be', () => {
  fc.assert(
    fc.property(
      fc.array(side, { minLength: 2, maxLength: 8 }),
      fc.integer({ min: 40, max: 100 }),
      fc.boolean(),
      (sides, width, ascii) => {
        const comparison = compared(...sides);
        expect(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison);
        const text = renderComparison(comparison, { width, ascii });
        for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
        if (ascii) expect(text).toMatch(/^[\n\x20-\x7E]*$/);
        expect(text).not.toMatch(/undefined|NaN/);
      },
    ),
    { numRuns: tries(60) },
  );
});
