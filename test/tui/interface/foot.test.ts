/** The foot of the screen: keys are always there, what is said goes again, and help can be read to its end. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { footLines } from '../../../src/tui/interface/foot.ts';
import { helpLines, mostHelpScrolled } from '../../../src/tui/interface/help.ts';
import { aged, pressed, told, topOf } from '../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import { loadProductionReact } from '../../../src/tui/production-react.ts';
import { render } from '../../../src/tui/theme.ts';
import { widthOfTalk } from '../../../src/tui/width.ts';
import { tries } from '../../support/properties.ts';
import { watchedRun } from '../../support/watched.ts';
import { hostile } from '../hostile.ts';
import { hubStates } from './hub-states.ts';
import { after, moment, path, plain, states, watching } from './states.ts';

loadProductionReact();
const { interfaceLines } = await import('../../../src/tui/interface/views.tsx');

const running = watching(watchedRun({ path }));
const textOf = (state: InterfaceState, columns = 80, rows = 24) =>
  footLines(state, { columns, rows }).map((line) => render(line, plain).trimEnd());
const failed = (message: string) => told(running, { kind: 'failed', what: 'pause', message });

test('whatever is said, the keys are below it as without it', () => {
  fc.assert(
    fc.property(
      hostile,
      fc.integer({ min: 40, max: 200 }),
      fc.integer({ min: 12, max: 60 }),
      (said, columns, rows) => {
        const lines = textOf(failed(said), columns, rows);
        expect(lines.at(-1)).toBe(textOf(running, columns, rows)[0]);
        expect(lines.length - 1).toBeLessThanOrEqual(Math.max(1, rows / 4));
      },
    ),
    { numRuns: tries(50) },
  );
});

test('what is said is told whole where it takes more than a line', () => {
  const words = Array.from({ length: 30 }, (_, i) => `word${i}`).join(' ');
  expect(textOf(failed(words)).slice(0, -1).join(' ')).toBe(`✖ ${words}`);
});

test('what is said goes after a while, and at the next key', () => {
  const said = after(watching(watchedRun({ path, status: 'done' })), 'space');
  expect(said.said?.text).toBe('The run is done.');
  const seen = aged(said, 1_000);
  expect(aged(seen, 8_999).said?.text).toBe('The run is done.');
  expect(aged(seen, 9_000).said).toBeUndefined();
  expect(pressed(seen, 'tab', moment).state.said).toBeUndefined();
});

test('a failure stays longer, and what is said anew stays as long as the first', () => {
  const seen = aged(failed('no'), 1_000);
  expect(aged(seen, 30_000).said?.bad).toBe(true);
  expect(aged(seen, 31_000).said).toBeUndefined();
  const anew = aged(told(seen, { kind: 'worked', what: 'pause', value: 'Paused.' }), 20_000);
  expect(aged(anew, 27_000).said?.text).toBe('Paused.');
});

test('nothing that is there changes by looking at it again', () => {
  expect(aged(running, 5)).toBe(running);
  const seen = aged(failed('no'), 5);
  expect(aged(seen, 6)).toBe(seen);
});

test('a question is asked in full, and both answers are told', () => {
  const asked = textOf(after(running, 'Q'), 40);
  expect(asked).toEqual(['Stop search-1 where it can be resumed?', 'y yes  any other key no']);
});

test.each(Object.entries({ ...states, ...hubStates }))(
  '%s: every line of its help can be scrolled to',
  (_, state) => {
    const sizes = [
      [40, 12],
      [80, 24],
      [200, 60],
    ] as const;
    for (const [columns, rows] of sizes) {
      const at = { ...moment, columns, rows };
      const top = topOf(state);
      const all = helpLines(top, at).map((line) => render(line, plain).trimEnd());
      expect(all.filter((line) => widthOfTalk(line) > columns)).toEqual([]);
      let help: InterfaceState = { ...state, question: undefined, said: undefined, help: true, helpTop: 0 };
      const seen = new Set<string>();
      for (let i = 0; i <= mostHelpScrolled(top, at); i++) {
        for (const line of interfaceLines(help, at)) seen.add(line);
        if (mostHelpScrolled(top, at) > 0) help = pressed(help, 'down', at).state;
      }
      expect(all.filter((line) => !seen.has(line))).toEqual([]);
      expect(pressed(help, 'x', at).state.help).toBe(false);
    }
  },
);
