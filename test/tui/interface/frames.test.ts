/** What is on the screen of a terminal, in every state and at sizes from a phone's to a wall's. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fullScreenOn } from '../../../src/tui/full-screen.ts';
import { told, topOf } from '../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import { loadProductionReact } from '../../../src/tui/production-react.ts';
import type { Look } from '../../../src/tui/theme.ts';
import { widthOf } from '../../../src/tui/width.ts';
import { tries } from '../../support/properties.ts';
import { testTerminal } from '../../support/terminal.ts';
import type { TestTerminal } from '../../support/terminal.ts';
import { watchedRun } from '../../support/watched.ts';
import { hostile } from '../hostile.ts';
import { compareStates } from './compare-states.ts';
import { hubStates } from './hub-states.ts';
import { parityStates } from './parity-states.ts';
import { moment, path, plain, states as watchStates, watching } from './states.ts';

loadProductionReact();
const { interfaceLines } = await import('../../../src/tui/interface/views.tsx');

const states: Readonly<Record<string, InterfaceState>> = {
  ...watchStates,
  ...hubStates,
  ...parityStates,
  ...compareStates,
};

const sizes = [
  [80, 24],
  [120, 40],
  [40, 20],
  [200, 60],
] as const;
type Size = readonly [columns: number, rows: number];
const colourful: Look = { colour: true, ascii: false };

/** Frames that were drawn, because several laws look at each. */
const known = new WeakMap<InterfaceState, Map<string, readonly string[]>>();

function linesOf(state: InterfaceState, [columns, rows]: Size, look: Look): readonly string[] {
  const frames = known.get(state) ?? new Map<string, readonly string[]>();
  known.set(state, frames);
  const key = JSON.stringify([columns, rows, look]);
  const lines = frames.get(key) ?? interfaceLines(state, { columns, rows, look, now: moment.now });
  frames.set(key, lines);
  return lines;
}

async function drawn(state: InterfaceState, size: Size, look = plain): Promise<TestTerminal> {
  const terminal = testTerminal(...size);
  const screen = fullScreenOn(terminal.stream);
  screen.enter();
  screen.draw(linesOf(state, size, look));
  await terminal.settled();
  return terminal;
}

/** A line without the styles that are ours. */
const unstyled = (line: string) =>
  // oxlint-disable-next-line no-control-regex -- that is what styles are made of
  line.replaceAll(/\u001B\[(?:[0127]|3[1-6]|[12];3[1-6])m/g, '');

const cases = Object.entries(states).map(([name, state]) => ({ name, state }));

describe.each(cases)('$name', ({ state }) => {
  test.each(sizes)('fills a screen of %i×%i with lines of ours', async (...size) => {
    const [columns, rows] = size;
    const colours = linesOf(state, size, colourful);
    const shown = colours.map((line) => unstyled(line).trimEnd());
    expect(colours).toHaveLength(rows);
    expect(shown.filter((line) => widthOf(line) > columns)).toEqual([]);
    // No control character but those of our styles.
    expect(shown.filter((line) => /[\p{Cc}\u202E]/u.test(line))).toEqual([]);
    // The same without colours, and on the terminal as it was drawn.
    expect(linesOf(state, size, plain)).toEqual(shown);
    expect((await drawn(state, size, colourful)).rows()).toEqual(shown);
  });
});

test('with ASCII alone, every character of ours is', () => {
  // What is not ours, such as the name of a file, keeps its letters.
  const ours = Object.entries(states).filter(([name]) => !name.includes('texts that act on terminals'));
  for (const [name, state] of ours) {
    for (const size of sizes) {
      const lines = linesOf(state, size, { colour: false, ascii: true });
      const wrong = lines.filter((line) => !/^[ -~]*$/.test(line) || line.length > size[0]);
      expect(wrong, `${name}, ${size.join('×')}`).toEqual([]);
    }
  }
});

test('colours are those that a person has chosen, and neither black nor white: any background will do', async () => {
  const seen = new Set<unknown>();
  for (const state of Object.values(states)) {
    const terminal = await drawn(state, [120, 40], colourful);
    for (const cell of terminal.cells().flat()) {
      seen.add(cell.foreground);
      if (cell.background !== undefined) seen.add('a background');
    }
  }
  // The terminal's own colour, and from red to cyan.
  expect(
    [...seen].filter((colour) => colour !== undefined && (Number(colour) < 1 || Number(colour) > 6)),
  ).toEqual([]);
  expect(seen.size).toBeGreaterThan(4);
});

test.each([
  [20, 6],
  [39, 20],
  [80, 11],
  [3, 1],
] as const)('a terminal of %i×%i says in a line what it lacks', (columns, rows) => {
  for (const state of Object.values(states)) {
    const lines = linesOf(state, [columns, rows], plain);
    expect(lines).toHaveLength(1);
    expect(`${columns}×${rows}: needs 40×12`).toContain(lines[0]);
    expect(widthOf(lines[0] ?? '')).toBeLessThanOrEqual(columns);
  }
});

test('whatever a run says, its screen is ours', () => {
  fc.assert(
    fc.property(
      hostile,
      fc.constantFrom('running', 'stopped', 'failed', 'crashed'),
      fc.constantFrom(...sizes),
      (said, status, size) => {
        const run = watchedRun({ path, said, status, damage: [said] });
        const state = told(watching(run), { kind: 'failed', what: 'pause', message: said });
        const lines = linesOf(state, size, colourful).map(unstyled);
        expect(lines).toHaveLength(size[1]);
        const acts = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;
        expect(lines.filter((line) => acts.test(line) || widthOf(line) > size[0])).toEqual([]);
      },
    ),
    { numRuns: tries(50) },
  );
});

test('the footer offers all that can be done now, and nothing else', () => {
  for (const [name, state] of Object.entries(states)) {
    const { question, help } = state;
    if (question !== undefined || help) continue;
    const footer = linesOf(state, [200, 60], plain).at(-1) ?? '';
    for (const { shown: keys, label, blocked } of topOf(state).keys) {
      if (label === undefined) continue;
      expect(`${footer}  `.includes(`${keys} ${label}  `), `${keys} ${label} of ${name}`).toBe(
        blocked === undefined,
      );
    }
  }
});

const shown = [
  ['running', [120, 40]],
  ['running', [80, 24]],
  ['running', [40, 20]],
  ['paused', [80, 24]],
  ['a search on text', [120, 40]],
  ['help', [80, 24]],
  ['a question', [80, 24]],
  ['a run of a newer version', [80, 24]],
  ['alphas, zoomed', [80, 24]],
  ['done', [80, 24]],
  ['stopped', [80, 24]],
  ['hub, a run in every state', [80, 24]],
  ['hub, a run in every state', [120, 40]],
  ['hub, a run in every state, on text', [40, 20]],
  ['hub, no runs', [80, 24]],
  ['compare, two searches', [80, 24]],
  ['compare, two searches', [120, 40]],
  ['compare, cells', [80, 24]],
  ['compare, cells', [40, 20]],
  ['compare, genotypes', [120, 40]],
  ['compare, on text', [80, 24]],
  ['parity, running', [80, 24]],
  ['parity, figures while others run', [80, 24]],
  ['parity, figures of what runs still', [80, 24]],
  ['parity, failed', [80, 24]],
  ['parity, failed', [40, 20]],
  ['parity, figures', [80, 24]],
  ['parity, layers', [80, 24]],
  ['parity, layers that were not compared', [80, 24]],
  ['parity, no runtimes', [80, 24]],
] as const;

test.each(shown)('%s at %o looks like this', async (name, size) => {
  const state = states[name];
  if (state === undefined) throw new Error(`there is no state ${name}`);
  expect(`\n${(await drawn(state, size)).rows().join('\n')}\n`).toMatchSnapshot();
});
