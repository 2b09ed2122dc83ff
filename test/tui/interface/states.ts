/** The interface in every state of a watched run. */

import { join } from 'node:path';

import { beginning, pressed, told } from '../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import type { MachineUse } from '../../../src/tui/interface/machine.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import { watchScreen, watchState } from '../../../src/tui/interface/watch/watch.ts';
import type { Look } from '../../../src/tui/theme.ts';
import type { Watched } from '../../../src/run/watch.ts';
import { begun, lookedAt, watchedRun } from '../../support/watched.ts';
import type { WatchedOptions } from '../../support/watched.ts';

export const path = '/runs/search-1';
export const plain: Look = { colour: false, ascii: false };
export const moment = { now: lookedAt(4), columns: 80, rows: 24, look: plain };

export const unread = beginning(screenOf(watchScreen, watchState(path)));

export const use: MachineUse = {
  at: begun,
  load: 1.5,
  cores: 8,
  memoryUsed: 6e9,
  memoryTotal: 16e9,
  process: { cores: 1.9, bytes: 700e6 },
  gpu: { name: 'NVIDIA H100', busy: 0.42, used: 2e9, total: 80e9 },
};

export function watching(...runs: readonly Watched[]): InterfaceState {
  const seen = runs.reduce((state, watched) => told(state, { kind: 'watched', watched }), unread);
  return told(seen, { kind: 'machine', use });
}

export function after(state: InterfaceState, ...keys: readonly string[]): InterfaceState {
  return keys.reduce((before, key) => pressed(before, key, moment).state, state);
}

const of = (options: WatchedOptions) => watching(watchedRun({ path, ...options }));
const training = (options: WatchedOptions = {}) =>
  watchedRun({ path: join(path, 'train'), kind: 'train', ...options });
const missing: Watched = {
  ...watchedRun({ path }),
  record: undefined,
  status: undefined,
  holder: undefined,
  events: [],
  metrics: [],
  alphas: [],
};

/** What a text from somebody else may be like: it acts on a terminal that obeys it. */
export const evil = '\u001B[2J\u001B]0;title\u0007\u009B31m\r\nü漢\u202E😀\u0000';

export const states: Readonly<Record<string, InterfaceState>> = {
  'not read yet': unread,
  start: of({ status: 'created' }),
  'before the first epoch': of({ ended: 0 }),
  running: of({}),
  paused: of({ status: 'paused' }),
  done: of({ status: 'done' }),
  stopped: of({ status: 'stopped' }),
  failed: of({ status: 'failed' }),
  crashed: of({ status: 'crashed' }),
  'a damaged run folder': watching({
    ...missing,
    damage: [
      '/runs/search-1/run.json is not JSON',
      '/runs/search-1/events.jsonl is damaged: 1 line is not JSON',
    ],
  }),
  'a run of a newer version': watching({
    ...missing,
    damage: [
      '/runs/search-1/run.json was written by a later version of Nascent: its format is 2, and 1 is known here',
    ],
  }),
  'a search on text': of({ task: 'text' }),
  'a training on text': of({ task: 'text', kind: 'train' }),
  'a training in the folder of a search': watching(watchedRun({ path, status: 'done' }), training()),
  'the search beside its training': after(watching(watchedRun({ path, status: 'done' }), training()), 's'),
  'curves, zoomed, logarithmic': after(of({}), 'z', 'y'),
  'cells, zoomed': after(of({}), '2', 'z'),
  'alphas, zoomed': after(of({}), '3', 'z'),
  'state, zoomed': after(of({}), '4', 'z'),
  'log, zoomed': after(of({}), '5', 'z'),
  'an earlier epoch': after(of({}), 'left', 'left'),
  help: after(of({}), '?'),
  'a question': after(of({}), 'Q'),
  'a key that cannot act': after(of({ status: 'done' }), 'space'),
  'an error': told(of({}), {
    kind: 'failed',
    what: 'pause',
    message: 'process 4242 died before it answered',
  }),
  'texts that act on terminals': of({ said: evil, status: 'stopped' }),
  'texts that act on terminals, while it runs': after(of({ said: evil, damage: [evil] }), '5', 'z'),
};
