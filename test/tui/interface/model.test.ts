/** The interface as a model: whatever keys are pressed, whatever comes to be known and however the window changes. */

import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { runStatuses } from '../../../src/run/record.ts';
import { mostHelpScrolled } from '../../../src/tui/interface/help.ts';
import type { HubState } from '../../../src/tui/interface/hub/state.ts';
import { pressed, told, topOf } from '../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import type { News } from '../../../src/tui/interface/screen.ts';
import { loadProductionReact } from '../../../src/tui/production-react.ts';
import { listed } from '../../support/listed.ts';
import { tries } from '../../support/properties.ts';
import { watchedRun } from '../../support/watched.ts';
import { hostile } from '../hostile.ts';
import { compareStates } from './compare-states.ts';
import { hubStates } from './hub-states.ts';
import { parityStates } from './parity-states.ts';
import { moment, path, plain, states, use } from './states.ts';

loadProductionReact();
const { interfaceLines } = await import('../../../src/tui/interface/views.tsx');

type Happening =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'news'; readonly news: News }
  | { readonly kind: 'size'; readonly columns: number; readonly rows: number };

/** Where somebody is when it begins: any screen, in any state. */
const starts: Readonly<Record<string, InterfaceState>> = {
  ...states,
  ...hubStates,
  ...parityStates,
  ...compareStates,
};

// "any" stands for whatever is typed, and is no key itself.
const ownKeys = Object.values(starts)
  .flatMap((state) => topOf(state).keys.flatMap(({ keys }) => keys))
  .filter((name) => name !== 'any');
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ownKeys, 'y', 'n', '?', 'ctrl-c', 'escape') },
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  fc.constantFrom('ctrl-x', 'pageup', 'pagedown', 'delete', 'backspace', 'up', 'down'),
);

const watched = fc
  .record({
    status: fc.constantFrom(...runStatuses),
    task: fc.constantFrom('images', 'text'),
    isTraining: fc.boolean(),
    ended: fc.integer({ min: 0, max: 3 }),
    damage: fc.array(hostile, { maxLength: 2 }),
    isReadable: fc.boolean(),
  })
  .map(({ isTraining, isReadable, ...options }) => {
    const run = watchedRun({
      ...options,
      path: isTraining ? join(path, 'train') : path,
      kind: isTraining ? 'train' : 'search',
    });
    return isReadable ? run : { ...run, record: undefined, status: undefined, holder: undefined };
  });

const news: fc.Arbitrary<News> = fc.oneof(
  watched.map((run) => ({ kind: 'watched' as const, watched: run })),
  fc.constant({ kind: 'machine' as const, use }),
  fc.constant({ kind: 'listed' as const, folder: '/runs', runs: [] }),
  fc
    .uniqueArray(
      fc.record({ name: fc.nat(12), status: fc.constantFrom(...runStatuses, undefined), note: hostile }),
      {
        selector: ({ name }) => name,
        maxLength: 6,
      },
    )
    .map((rows) => ({
      kind: 'listed' as const,
      folder: 'runs',
      runs: rows.map(({ name, ...more }) => listed(`runs/search-${name}`, more)),
    })),
  fc.record({ kind: fc.constant('worked' as const), what: fc.constant('pause'), value: hostile }),
  fc.record({ kind: fc.constant('failed' as const), what: fc.constant('pause'), message: hostile }),
);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('key' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('news' as const), news }) },
  fc.record({
    kind: fc.constant('size' as const),
    columns: fc.integer({ min: 1, max: 130 }),
    rows: fc.integer({ min: 1, max: 45 }),
  }),
);

/** All that happens until it is over, with what each of it does. */
function lived({ start, happenings }: Life, see: (before: InterfaceState, key: string) => void = () => {}) {
  let state = starts[start];
  if (state === undefined) throw new Error(`there is no state ${start}`);
  let at = moment;
  for (const each of happenings) {
    if (state.over) break;
    if (each.kind === 'size') at = { ...moment, columns: each.columns, rows: each.rows };
    if (each.kind === 'news') state = told(state, each.news);
    if (each.kind === 'key') {
      see(state, each.key);
      state = pressed(state, each.key, at).state;
    }
  }
  return { state, at };
}

interface Life {
  /** By its name, so that a counterexample says little. */
  readonly start: string;
  readonly happenings: readonly Happening[];
}

const lives: fc.Arbitrary<Life> = fc.record({
  start: fc.constantFrom(...Object.keys(starts)),
  happenings: fc.array(happening, { maxLength: 40 }),
});

test('it stays whole, and can be drawn: a screen, and over it at most one of help and a question', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const { state, at } = lived(life, (before) => {
        expect(before.help && before.question !== undefined).toBe(false);
        expect(before.screens.length).toBeGreaterThan(0);
      });
      if (state.over) return;
      const lines = interfaceLines(state, { ...at, look: plain });
      expect(lines.length === at.rows || lines.length === 1).toBe(true);
    }),
    { numRuns: tries(60) },
  );
});

test('a key of the table acts, or says why it does not; and only what acts has effects', () => {
  fc.assert(
    fc.property(lives, (life) => {
      lived(life, (before, pressedKey) => {
        const { state: next, effects } = pressed(before, pressedKey, moment);
        const top = topOf(before);
        const isOfTable = top.keys.some(({ keys }) => keys.includes(pressedKey));
        const isBlocked = top.blocked(pressedKey) !== undefined;
        if (
          before.help &&
          mostHelpScrolled(top, moment) > 0 &&
          /^(?:up|down|space|end|home|page)/.test(pressedKey)
        ) {
          // Help that is longer than the terminal is scrolled, and stays.
          expect(next.help).toBe(true);
          return;
        }
        if (before.question !== undefined || before.help) {
          // What is asked is answered, and help goes away; neither is a key of the screen below.
          expect(next.question === undefined && !next.help).toBe(true);
          if (before.help || !/^y$/i.test(pressedKey)) expect(effects).toEqual([]);
          return;
        }
        if (isBlocked) {
          expect(effects).toEqual([]);
          expect(next.said?.text).toBe(top.blocked(pressedKey));
        }
        if (!isOfTable) expect(effects).toEqual([]);
        // To go to the pane one is in, or further than there are epochs or lines, changes nothing.
        const isThere = /^(?:[1-5]|home|end|left|right|up|down|pageup|pagedown)$/.test(pressedKey);
        if (isOfTable && !isBlocked && !isThere) {
          const acts =
            effects.length > 0 || next.over || next.question !== undefined || next.said !== undefined;
          expect(acts || topOf(next) !== top).toBe(true);
        }
      });
    }),
    { numRuns: tries(200) },
  );
});

const isFiltered = ({ filter, filtering }: HubState) => filtering || filter !== '';

test('escape leaves within as many presses as there are screens, and one for each that lies over them', () => {
  fc.assert(
    fc.property(lives, (life) => {
      let { state } = lived(life);
      // Help or a question; and a filter, which escape takes away first, also while it is typed.
      const filtered = state.screens.some(
        ({ name, state: own }) => name === 'hub' && isFiltered(own as HubState),
      );
      let presses =
        state.screens.length + Number(state.help || state.question !== undefined) + Number(filtered);
      for (; presses > 0 && !state.over; presses--) {
        const stepped = pressed(state, 'escape', moment);
        // Leaving asks nothing of the run.
        expect(stepped.effects).toEqual([]);
        ({ state } = stepped);
      }
      expect(state.over).toBe(true);
    }),
    { numRuns: tries(200) },
  );
});

test('Ctrl-C leaves at once, whatever is asked', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const { state } = lived(life);
      const { state: next, effects } = pressed(state, 'ctrl-c', moment);
      expect(next.over).toBe(true);
      expect(effects).toEqual([]);
    }),
    { numRuns: tries(100) },
  );
});

test('news tell screens, and press nothing', () => {
  fc.assert(
    fc.property(lives, fc.array(news, { maxLength: 5 }), (life, all) => {
      const { state } = lived(life);
      const next = all.reduce(told, state);
      expect([next.help, next.question, next.over, next.screens.length]).toEqual([
        state.help,
        state.question,
        state.over,
        state.screens.length,
      ]);
    }),
    { numRuns: tries(100) },
  );
});

test('where there is no room to see it, nothing is done, asked or answered; one can only leave', () => {
  const small = { ...moment, columns: 20, rows: 6 };
  for (const [name, start] of Object.entries(starts)) {
    for (const pressedKey of new Set([...ownKeys, 'y', '?'])) {
      const { state, effects } = pressed(start, pressedKey, small);
      expect(effects, name).toEqual([]);
      if (pressedKey !== 'q' && pressedKey !== 'escape') expect(state, `${name}: ${pressedKey}`).toBe(start);
    }
  }
  const running = states['running'];
  if (running === undefined) throw new Error('there is no state running');
  expect(pressed(running, 'q', small).state.over).toBe(true);
  const asked = pressed(running, 'Q', moment).state;
  expect(asked.question).toBeDefined();
  expect(pressed(asked, 'y', small).state.question).toBe(asked.question);
});
