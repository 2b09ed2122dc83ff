import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { comparedOf } from '../../../src/cli/interface/comparing.ts';
import { compare } from '../../../src/compare/compare.ts';
import { compareScreen, compareState } from '../../../src/tui/interface/compare/compare.ts';
import type { CompareState } from '../../../src/tui/interface/compare/compare.ts';
import { beginning, pressed, topOf } from '../../../src/tui/interface/interface.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import type { AnyScreen } from '../../../src/tui/interface/screen.ts';
import { genotype, metricsOf, runOf } from '../../support/compared.ts';
import { tries } from '../../support/properties.ts';

const sides = {
  search: runOf({ metrics: metricsOf('images', [0.2, 0.4, 0.5]) }),
  other: runOf({ seed: 2, metrics: metricsOf('images', [0.3, 0.4]) }, 'DARTS_V1'),
  training: runOf({ stage: 'train', metrics: metricsOf('images', [0.3, 0.4]) }, 'DARTS_V1'),
  genotype: genotype('DARTS_V1'),
};

function screen(given: readonly (keyof typeof sides)[]): AnyScreen {
  const comparison = compare(
    given.map((each) => sides[each]),
    () => undefined,
  );
  return screenOf(
    compareScreen,
    compareState(comparedOf(comparison, 'nascent compare', () => screen(given))),
  );
}

const anySides = fc.array(fc.constantFrom(...(Object.keys(sides) as (keyof typeof sides)[])), {
  minLength: 2,
  maxLength: 4,
});

test('what panes say is what nascent compare prints', () => {
  fc.assert(
    fc.property(anySides, fc.integer({ min: 40, max: 120 }), fc.boolean(), (given, width, ascii) => {
      const { compared } = screen(given).state as CompareState;
      const look = { width, ascii };
      const all = new Set(compared.all(look));
      const parts = [compared.figures, compared.settings, ...compared.cells].flatMap((text) => text(look));
      expect(parts.filter((line) => !all.has(line))).toEqual([]);
    }),
    { numRuns: tries(50) },
  );
});

test('arrows show every chart, and go no further', () => {
  const at = { now: 0, columns: 60, rows: 12, look: { colour: false, ascii: false } };
  let state = beginning(screen(['search', 'other', 'training', 'training']));
  const chart = () => (topOf(state).state as CompareState).chart;
  const { charts } = (topOf(state).state as CompareState).compared;
  const seen = [chart()];
  for (let i = 0; i < charts.length + 2; i++) {
    state = pressed(state, 'right', at).state;
    seen.push(chart());
  }
  expect([...new Set(seen)]).toEqual(charts.map((_, i) => i));
  expect(charts.length).toBeGreaterThan(2);
});
