/** What there is room for is shown, and no number is cut, at every size of a terminal. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import { loadProductionReact } from '../../../src/tui/production-react.ts';
import { tries } from '../../support/properties.ts';
import { compareStates } from './compare-states.ts';
import { hubStates } from './hub-states.ts';
import { parityStates } from './parity-states.ts';
import { after, moment, plain, states } from './states.ts';

loadProductionReact();
const { interfaceLines } = await import('../../../src/tui/interface/views.tsx');

const linesOf = (state: InterfaceState, columns: number, rows: number, ascii = false) =>
  interfaceLines(state, { columns, rows, look: { ...plain, ascii }, now: moment.now });
const stateOf = (name: string) => states[name] ?? expect.fail(name);

const usual = [
  [80, 24],
  [100, 30],
  [120, 30],
  [120, 40],
  [160, 50],
  [200, 60],
  [70, 40],
  [60, 50],
  [40, 20],
] as const;

test.each(usual)(
  'both charts are there at %i×%i, of either task, with an axis in epochs',
  (columns, rows) => {
    for (const [name, metric] of [
      ['running', 'accuracy'],
      ['done', 'accuracy'],
      ['a search on text', 'perplexity'],
      ['a training on text', 'perplexity'],
    ] as const) {
      const screen = linesOf(stateOf(name), columns, rows).join('\n');
      expect(screen, name).toMatch(/^(.* )?loss /m);
      expect(screen, name).toMatch(new RegExp(`(^| )${metric} `, 'm'));
      expect(screen.match(/\d +epoch(?= {2}|$)/gm) ?? [], name).toHaveLength(2);
    }
  },
);

test.each(usual)('every pane can be seen at %i×%i', (columns, rows) => {
  for (const [key, title] of [
    ['1', '1 curves'],
    ['2', '2 cells'],
    ['3', '3 alphas'],
    ['4', '4 state'],
    ['5', '5 log'],
  ] as const) {
    expect(linesOf(after(stateOf('running'), key), columns, rows).join('\n')).toContain(`── ${title}`);
  }
});

const all = { ...states, ...hubStates, ...parityStates, ...compareStates };
// What somebody else has written may have any number before anything.
const ours = Object.keys(all).filter((name) => !name.includes('texts that act on terminals'));

test('no number is cut, on any screen at any size', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ours),
      fc.integer({ min: 40, max: 220 }),
      fc.integer({ min: 12, max: 70 }),
      fc.boolean(),
      (name, columns, rows, ascii) => {
        const cut = ascii ? /\d[.,]*\.\.\.|\.\.\.\d/ : /\d[.,]*…|…\d/;
        expect(
          linesOf(all[name] ?? expect.fail(), columns, rows, ascii).filter((line) => cut.test(line)),
        ).toEqual([]);
      },
    ),
    { numRuns: tries(300) },
  );
});
