import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { measures } from '../../../src/run/artefacts/metrics.ts';
import type { ListedRun } from '../../../src/run/list-runs.ts';
import { runStatuses } from '../../../src/run/record.ts';
import type { RunStatus } from '../../../src/run/record.ts';
import { hubScreen } from '../../../src/tui/interface/hub/hub.ts';
import { countsOf, hubState, rowsOf, underCursor } from '../../../src/tui/interface/hub/state.ts';
import type { HubDoors } from '../../../src/tui/interface/hub/keys.ts';
import type { HubState } from '../../../src/tui/interface/hub/state.ts';
import { beginning, pressed, told, topOf } from '../../../src/tui/interface/interface.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import type { AnyScreen } from '../../../src/tui/interface/screen.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { listed } from '../../support/listed.ts';
import { tries } from '../../support/properties.ts';
import { watchedRun } from '../../support/watched.ts';

const moment = { now: 0, columns: 80, rows: 24, look: { colour: false, ascii: false } };
// Whatever the tests are started by, the commands that are shown are those of a package that is installed.
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

/** A screen that is only known by its title. */
const elsewhere = (title: string): AnyScreen =>
  screenOf(
    { name: 'page', title: () => title, keys: () => [], needs: () => ({}), told: (state) => state },
    {},
  );
const doors: HubDoors = {
  hasModel: ({ path }) => path !== 'runs/unexported',
  newRun: () => elsewhere('new'),
  train: ({ path }, { epoch }) =>
    elsewhere(`train ${path}${epoch === undefined ? '' : ` of epoch ${epoch}`}`),
  exporting: ({ path }) => elsewhere(`export ${path}`),
  parity: ({ path }) => elsewhere(`parity ${path}`),
  comparing: ({ path }) => elsewhere(`parity of ${path}`),
  derive: ({ path }) => elsewhere(`derive ${path}`),
  compare: (paths) => elsewhere(`compare ${paths.join(' ')}`),
};
const begin = () => beginning(screenOf(hubScreen(doors), hubState('runs')));
const hubIn = (state: ReturnType<typeof begin>) => state.screens[0].state as HubState;

const anyRun = fc
  .record({
    name: fc.integer({ min: 0, max: 9 }),
    status: fc.constantFrom(...runStatuses, undefined),
    value: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    day: fc.integer({ min: 1, max: 28 }),
    trained: fc.boolean(),
  })
  .map(({ name, status, value, day, trained }) => {
    const [measure] = measures;
    return listed(`runs/r${name}`, {
      status,
      createdAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
      ...(value !== undefined && measure !== undefined && { best: { measure, value, epoch: 0 } }),
      ...(trained && { inside: [listed(`runs/r${name}/train`, { kind: 'train' })] }),
    });
  });
const anyRuns = fc.uniqueArray(anyRun, { selector: ({ path }) => path, maxLength: 8 });
const anyKey = fc.constantFrom(
  ...'q t e v p r R c d y / s ? x 1 up down pageup end return space backspace escape'.split(' '),
);

test('whatever is pressed, and whichever runs come and go, the cursor is on a run that is shown', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyKey, anyRuns), { maxLength: 40 }), (steps) => {
      let state = begin();
      for (const step of steps) {
        if (state.over) return;
        state =
          typeof step === 'string'
            ? pressed(state, step, moment).state
            : told(state, { kind: 'listed', folder: 'runs', runs: step });
        const hub = hubIn(state);
        const rows = rowsOf(hub);
        expect(underCursor(hub) === undefined).toBe(rows.length === 0);
        const paths = new Set(
          (hub.runs ?? []).flatMap((run) => [run, ...run.inside]).map(({ path }) => path),
        );
        for (const marked of hub.marked) expect(paths).toContain(marked);
      }
    }),
    { numRuns: tries(100) },
  );
});

test('every sorting shows every run once', () => {
  fc.assert(
    fc.property(anyRuns, fc.constantFrom('newest', 'name', 'status', 'best'), (runs, sorting) => {
      const shown = rowsOf({ ...hubState('runs'), runs, sorting }).map(({ run }) => run.path);
      expect(shown.toSorted()).toEqual(
        runs
          .flatMap((run) => [run, ...run.inside])
          .map(({ path }) => path)
          .toSorted(),
      );
    }),
    { numRuns: tries(50) },
  );
});

test('a key runs the command that it says, on the run under the cursor', () => {
  const runs = [listed('runs/a', { inside: [listed('runs/a/train', { kind: 'train' })] })];
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs });
  const validated = pressed(state, 'v', moment);
  expect(validated.effects).toMatchObject([{ kind: 'command', given: ['validate', 'runs/a'] }]);
  expect(validated.state.said?.text).toBe('$ nascent validate runs/a');
});

test('a key that cannot act says why', () => {
  const running = [listed('runs/a', { status: 'running' })];
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs: running });
  const saying = (key: string) => pressed(state, key, moment).state.said?.text;
  expect(saying('v')).toBe('It has no cells yet, and so nothing that is trained.');
  expect(saying('t')).toBe('It has no cells yet: they are there when its first epoch has ended.');
  expect(saying('d')).toContain('A process works on it.');
  expect(saying('R')).toBe('Only what was stopped, failed or crashed can be resumed.');
  expect(pressed(begin(), 'return', moment).state.said?.text).toBe('There is no run under the cursor.');
});

test('t trains the cells that there are, resumes a training that was stopped, and otherwise says why not', () => {
  const of = (...runs: readonly ListedRun[]) => told(begin(), { kind: 'listed', folder: 'runs', runs });
  const t = (state: ReturnType<typeof begin>) => pressed(state, 't', moment);
  const train = (status: RunStatus) => listed('runs/a/train', { kind: 'train', status });
  // In the folder of its search, and by itself.
  for (const runs of [[listed('runs/a', { inside: [train('stopped')] })], [train('crashed')]])
    expect(t(of(...runs)).effects).toMatchObject([
      { kind: 'command', given: ['train', '--resume', 'runs/a/train'] },
    ]);
  expect(t(of(listed('runs/a', { inside: [train('running')] }))).state.said?.text).toContain('goes on');
  expect(t(of(train('done'))).state.said?.text).toContain('It is a training, and done.');
  expect(t(of(listed('runs/a', { kind: undefined, status: undefined }))).state.said?.text).toContain(
    'run.json',
  );
  expect(topOf(t(of(listed('runs/a', { inside: [train('done')] }))).state).title).toBe('train runs/a');
  // Of a search that is not done, those of its last epoch; without one, none.
  const stopped = of(listed('runs/a', { status: 'stopped' }));
  expect(t(stopped).state.said?.text).toBe('It has no cells yet. R resumes the search.');
  const watched = watchedRun({ path: resolve('runs/a'), status: 'stopped' });
  const last = (watched.alphas.at(-1)?.epoch ?? NaN) + 1;
  const seen = told(stopped, { kind: 'watched', watched });
  expect(topOf(t(seen).state).title).toBe(`train runs/a of epoch ${last}`);
  expect(pressed(seen, 'v', moment).state.said?.text).toBe('Its cells are not trained yet: t trains them.');
});

test('a model that is not exported is neither measured nor compared, and the key to press is said', () => {
  const runs = [listed('runs/unexported', { kind: 'train' })];
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs });
  for (const key of ['v', 'p', 'P']) {
    const { state: next, effects } = pressed(state, key, moment);
    expect(next.said?.text).toBe('It has no model yet: e exports it.');
    expect(effects).toEqual([]);
    expect(next.screens).toHaveLength(1);
  }
});

test('a key opens the screen of the run under the cursor, and c that of the marked ones', () => {
  const runs = ['runs/a', 'runs/b b'].map((path) =>
    listed(path, { inside: [listed(`${path}/train`, { kind: 'train' })] }),
  );
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs });
  const opens = (...keys: readonly string[]) =>
    topOf(keys.reduce((before, key) => pressed(before, key, moment).state, state)).title;
  expect(opens('n')).toBe('new');
  expect(opens('t')).toBe('train runs/a');
  expect(opens('down', 'down', 'e')).toBe('export runs/b b');
  expect(opens('p')).toBe('parity runs/a');
  expect(opens('space', 'down', 'space', 'c')).toBe('compare runs/a runs/b b');
  const parity = pressed(pressed(pressed(state, 'end', moment).state, 'up', moment).state, 'p', moment);
  expect(parity.state.said?.text).toBe("$ nascent parity 'runs/b b'");
});

test('a run is deleted only after y', () => {
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs: [listed('runs/a')] });
  const asked = pressed(state, 'd', moment);
  expect(asked).toMatchObject({ effects: [], state: { question: { text: 'Delete runs/a and all in it?' } } });
  expect(pressed(asked.state, 'n', moment)).toMatchObject({ effects: [], state: { question: undefined } });
  expect(pressed(asked.state, 'y', moment).effects).toMatchObject([{ kind: 'work', what: 'delete runs/a' }]);
});

test('marked runs are deleted together, those that the filter leaves, and none of them twice', async () => {
  const folder = await temporaryFolder();
  const [a, b, c] = (['a', 'b', 'c'] as const).map((name) => join(folder, name)) as [string, string, string];
  for (const path of [a, b, c]) mkdirSync(join(path, 'train'), { recursive: true });
  const runs = [a, b, c].map((path) => listed(path, { inside: [listed(join(path, 'train'))] }));
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs });
  const press = (before: typeof state, ...keys: readonly string[]) =>
    keys.reduce((each, key) => pressed(each, key, moment).state, before);
  // a, the training within it, and b; the cursor is on neither.
  const marked = press(state, 'space', 'space', 'space', 'end');
  expect(press(marked, 'd').question?.text).toBe('Delete 2 marked runs (a, b) and all in them?');
  const filtered = press(marked, '/', ...Array.from(`${folder}/b`), 'return');
  expect(press(filtered, 'd').question?.text).toBe(`Delete ${b} and all in it?`);
  const [effect] = pressed(press(marked, 'd'), 'y', moment).effects;
  if (effect?.kind !== 'work') throw new Error('nothing is deleted');
  expect(await effect.work(new AbortController().signal, () => {})).toBe('2 runs are deleted.');
  expect(readdirSync(folder)).toEqual(['c']);
});

test('what is marked and worked on keeps all of them', () => {
  const runs = [
    listed('runs/a'),
    listed('runs/b', { inside: [listed('runs/b/train', { status: 'running' })] }),
  ];
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs });
  const marked = ['space', 'space', 'd'].reduce((each, key) => pressed(each, key, moment).state, state);
  expect(marked.said?.text).toBe('A process works on b. Stop it first: enter, Q.');
});

test('runs within others count', () => {
  const runs = [listed('runs/a', { inside: [listed('runs/a/train', { status: 'running' })] })];
  expect(countsOf({ ...hubState('runs'), runs })).toEqual({ all: 2, running: 1 });
});

test('enter opens the run, and q comes back to the hub, and leaves', () => {
  const state = told(begin(), { kind: 'listed', folder: 'runs', runs: [listed('runs/a')] });
  const opened = pressed(state, 'return', moment).state;
  expect(topOf(opened).name).toBe('watch');
  const back = pressed(opened, 'q', moment).state;
  expect(topOf(back).name).toBe('hub');
  expect(pressed(back, 'q', moment).state.over).toBe(true);
});
