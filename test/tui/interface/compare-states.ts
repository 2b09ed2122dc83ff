/** Comparisons of runs and of genotypes, of either task, and of what cannot be compared. */

import { comparedOf } from '../../../src/cli/interface/comparing.ts';
import { networksFor } from '../../../src/cli/input/compared.ts';
import { compare } from '../../../src/compare/compare.ts';
import type { ReadSide } from '../../../src/compare/read-side.ts';
import { compareScreen, compareState } from '../../../src/tui/interface/compare/compare.ts';
import { beginning } from '../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import type { AnyScreen } from '../../../src/tui/interface/screen.ts';
import { rnnSearchPresets } from '../../../src/tasks/text/search-settings.ts';
import { genotype, metricsOf, recurrent, runOf } from '../../support/compared.ts';
import { after, evil } from './states.ts';

/** Networks take a while to build: only two states have them. */
const noNetworks = () => undefined;

function screenFor(sides: readonly ReadSide[], networks = false): AnyScreen {
  const given = sides.map((side) => side.given).join(' ');
  const comparison = compare(sides, networks ? networksFor(undefined) : noNetworks);
  return screenOf(
    compareScreen,
    compareState(comparedOf(comparison, `nascent compare ${given}`, () => screenFor(sides, networks))),
  );
}

const of = (...sides: readonly ReadSide[]): InterfaceState => beginning(screenFor(sides));

const longer = (from: number, by: number) => Array.from({ length: 8 }, (_, i) => from + by * Math.sqrt(i));
const one = runOf({ path: 'runs/search-1', metrics: metricsOf('images', longer(0.3, 0.12)) });
const other: ReadSide = {
  ...runOf(
    {
      path: 'runs/search-2',
      status: 'running',
      seed: 2,
      settings: { ...one.stages[0]?.settings, rate: 0.025, epochs: 50, seed: 2 },
      metrics: metricsOf('images', longer(0.25, 0.14)),
    },
    'DARTS_V1',
  ),
  notes: ['it is not finished'],
};
const text = (path: string, values: readonly number[], name: 'ENAS' | 'DARTS_V2'): ReadSide => ({
  ...runOf({
    path,
    task: 'text',
    dataset: 'ptb',
    metrics: metricsOf('text', values),
    images: undefined,
    settings: { ...rnnSearchPresets['quick-rnn'], primitives: [] },
    corpus: { words: 10, vocabulary_sha256: 'v', used: { valid: { tokens: 5, sha256: 's' } } },
  }),
  genotype: recurrent(name).genotype,
});
const runs = beginning(screenFor([one, other], true));

export const compareStates: Readonly<Record<string, InterfaceState>> = {
  'compare, two searches': runs,
  'compare, settings': after(runs, '2'),
  'compare, curves': after(runs, '3', 'z', 'right'),
  'compare, cells': after(runs, '4'),
  'compare, cells, zoomed': after(runs, '4', 'z'),
  'compare, all': after(runs, '5', 'down', 'down'),
  'compare, on text': of(text('runs/t1', [400, 90, 80], 'ENAS'), text('runs/t2', [300, 100, 85], 'DARTS_V2')),
  'compare, genotypes': beginning(screenFor([genotype('DARTS_V1'), genotype('DARTS_V2')], true)),
  'compare, recurrent genotypes': after(of(recurrent('ENAS'), recurrent('DARTS_V2')), '4'),
  'compare, the same cells': of(one, { ...one, given: 'runs/search-9' }),
  'compare, an image and a text': of(one, recurrent('ENAS')),
  'compare, eight': of(
    ...Array.from({ length: 8 }, (_, i) => ({ ...other, given: `runs/a-long-name-${i}` })),
  ),
  'compare, help': after(runs, '?'),
  'compare, texts that act on terminals': of(
    { ...one, given: evil, notes: [evil] },
    runOf({ path: evil, preset: evil, reason: evil, dataset: evil, runtime: evil, settings: { rate: evil } }),
  ),
};
