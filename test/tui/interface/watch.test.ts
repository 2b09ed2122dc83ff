import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { RunEvent } from '../../../src/run/artefacts/events.ts';
import type { RunStatus } from '../../../src/run/record.ts';
import { shownRun } from '../../../src/tui/interface/shown-run.ts';
import { headerLines } from '../../../src/tui/interface/watch/header.ts';
import { shownIn, watchScreen, watchState } from '../../../src/tui/interface/watch/watch.ts';
import { render } from '../../../src/tui/theme.ts';
import { watchedRun } from '../../support/watched.ts';

const path = '/runs/search-1';
const withTraining = (status: RunStatus, before = watchState(path)) =>
  watchScreen.told(
    watchScreen.told(before, { kind: 'watched', watched: watchedRun({ path, status: 'done' }) }),
    {
      kind: 'watched',
      watched: watchedRun({ path: join(path, 'train'), kind: 'train', status }),
    },
  );
const kindIn = (state: ReturnType<typeof watchState>) => shownIn(state)?.watched.record?.kind;

test('of a search one sees the search, until its training is under way; that stays when it ends', () => {
  expect(kindIn(withTraining('done'))).toBe('search');
  expect(kindIn(withTraining('stopped'))).toBe('search');
  expect(kindIn(withTraining('running'))).toBe('train');
  expect(kindIn(withTraining('paused'))).toBe('train');
  expect(kindIn(withTraining('done', withTraining('running')))).toBe('train');
});

test('what somebody chose is shown, whatever begins', () => {
  const chosen = { ...withTraining('done'), chosen: 'search' } as const;
  expect(kindIn(withTraining('running', chosen))).toBe('search');
});

test('of a run that is done, what is done with it can be stopped, and nothing else', () => {
  const holder = { pid: 1, host: 'here', token: 'a token' };
  const begun = {
    v: 1,
    seq: 0,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'begun',
    pid: 1,
    host: 'here',
  } as const;
  const state = (stage: string) =>
    watchScreen.told(watchState(path), {
      kind: 'watched',
      watched: { ...watchedRun({ path, status: 'done' }), holder, events: [{ ...begun, stage }] },
    });
  const keyOf = (key: string, of = state('parity')) =>
    watchScreen.keys(of).find(({ keys }) => keys.includes(key));
  expect(keyOf('Q')?.blocked?.(state('parity'))).toBeUndefined();
  const at = { now: 0, columns: 80, rows: 24, look: { colours: 0, ascii: false } as never };
  expect(keyOf('Q')?.press(state('parity'), 'Q', at).ask).toMatchObject({
    text: 'Stop the parity of search-1, and what would come after it?',
    yes: [{ kind: 'control', run: path, command: 'stop' }],
  });
  for (const key of ['space', 'k'])
    expect(keyOf(key)?.blocked?.(state('parity'))).toBe(
      'Its parity goes on, which can be stopped (Q) and nothing else.',
    );
  const over = watchScreen.told(watchState(path), {
    kind: 'watched',
    watched: watchedRun({ path, status: 'done' }),
  });
  expect(keyOf('Q', over)?.blocked?.(over)).toBe('The run is done.');
});

test('what is done with a run that is done is named before it has a stage, and cut where it is long', () => {
  const begun = { kind: 'begun', stage: 'training', pid: 1, host: 'here' } as const;
  const stage = { kind: 'stage', stage: 'parity', title: `reference ${'and '.repeat(40)}` } as const;
  const done = { kind: 'result', job: 'training', value: null } as const;
  const secondLine = (events: readonly RunEvent[]) => {
    const watched = {
      ...watchedRun({ path, status: 'done' }),
      holder: { pid: 1, host: 'here', token: 'a token' },
      events: events.map((event, seq) => ({ v: 1, seq, at: '2026-01-01T00:00:00.000Z', ...event }) as const),
    };
    const frame = { now: 0, columns: 80, rows: 24, look: { colours: 0, ascii: false } as never };
    return render(headerLines(watchState(path), shownRun(watched), frame)[1] ?? '', frame.look);
  };
  expect(secondLine([begun])).toMatch(/● training$/);
  expect(secondLine([begun, stage])).toMatch(/● reference and/);
  expect(secondLine([begun, stage, done])).not.toContain('●');
});

test('what has not begun can neither be told anything nor be resumed', () => {
  const blocked = (state: ReturnType<typeof watchState>, key: string) =>
    watchScreen
      .keys(state)
      .find(({ keys }) => keys.includes(key))
      ?.blocked?.(state);
  expect(blocked(watchState(path), 'Q')).toBe('It has not begun.');
  const stopped = { kind: 'watched', watched: watchedRun({ path, status: 'stopped' }) } as const;
  expect(blocked(watchScreen.told(watchState(path), stopped), 'Q')).toMatch(
    /^No process works on it \(stopped\)\. Resume it: .*nascent search --resume \/runs\/search-1$/,
  );
});

test('a demo that has trained and goes on is seen to go on', () => {
  const holder = { pid: 1, host: 'here', token: 'a token' };
  const again = { kind: 'watched', watched: { ...watchedRun({ path, status: 'done' }), holder } } as const;
  expect(kindIn(watchScreen.told(withTraining('done', withTraining('running')), again))).toBe('search');
  // While it trains, the search that it holds as well is no news.
  expect(kindIn(watchScreen.told(withTraining('running'), again))).toBe('train');
});
