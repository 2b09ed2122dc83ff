import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { screenOn } from '../../src/tui/screen.ts';
import { emulator } from './emulator.ts';

type Step =
  | { readonly kind: 'draw'; readonly lines: readonly number[] }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'resize'; readonly columns: number; readonly draws: boolean };

const width = fc.integer({ min: 12, max: 60 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('draw'), lines: fc.array(fc.nat(59), { minLength: 1, maxLength: 5 }) }),
  fc.record({ kind: fc.constant('note'), text: fc.constantFrom('a note', 'another', 'and two\nlines') }),
  fc.record({ kind: fc.constant('resize'), columns: width, draws: fc.boolean() }),
);

/** Lines as a view makes them: the title first, none wider than the terminal less one. */
function linesFor(lengths: readonly number[], columns: number): string[] {
  return ['The title', ...lengths.map((length) => '='.repeat(length))].map((line) =>
    line.slice(0, columns - 1),
  );
}

test.each([true, false])(
  'at every width, and however it changes, the lines are there once and what is above them stays (reflows: %s)',
  (reflows) => {
    fc.assert(
      fc.property(width, fc.array(step, { maxLength: 30 }), (columns, steps) => {
        const terminal = emulator(columns, reflows);
        terminal.write('$ nascent\n');
        const screen = screenOn(terminal, reflows);
        const notes: string[] = [];
        let lengths: readonly number[] = [];
        const draw = () => screen.draw(linesFor(lengths, terminal.columns));
        for (const each of [...steps, { kind: 'draw', lines: [3] } as const]) {
          if (each.kind === 'draw') {
            lengths = each.lines;
            draw();
          } else if (each.kind === 'note') {
            screen.above(each.text);
            notes.push(...each.text.split('\n'));
          } else {
            terminal.resize(each.columns);
            // A terminal may change again before its program hears of it.
            if (each.draws) draw();
          }
          expect(terminal.cursor).toBe('shown');
        }
        const lines = linesFor(lengths, terminal.columns);
        expect(terminal.shown()).toEqual(['$ nascent', ...notes, ...lines, '']);
      }),
    );
  },
);

test('on a low screen the last lines are drawn, and none scrolls away', () => {
  const terminal = Object.assign(emulator(40, true), { rows: 3 });
  const screen = screenOn(terminal, true);
  screen.draw(['a', 'b', 'c', 'd']);
  expect(terminal.shown()).toEqual(['c', 'd', '']);
  screen.draw(['a', 'b', 'c', 'e']);
  expect(terminal.shown()).toEqual(['c', 'e', '']);
});

test('the same lines are not written again', () => {
  const terminal = emulator(40, true);
  let writes = 0;
  const counting = {
    ...terminal,
    write(text: string) {
      writes++;
      return terminal.write(text);
    },
  };
  const screen = screenOn(counting, true);
  screen.draw(['a']);
  screen.draw(['a']);
  expect(writes).toBe(1);
  screen.leave();
  screen.draw(['a']);
  expect(terminal.shown()).toEqual(['a', 'a', '']);
});
