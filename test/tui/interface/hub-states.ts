/** The hub in every state: of its list, of the runs in it, and of what is asked. */

import { resolve } from 'node:path';

import type { ListedRun } from '../../../src/run/list-runs.ts';
import { hubScreen } from '../../../src/tui/interface/hub/hub.ts';
import { hubState } from '../../../src/tui/interface/hub/state.ts';
import type { HubDoors } from '../../../src/tui/interface/hub/keys.ts';
import { beginning, told } from '../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import { pageScreen } from '../../../src/tui/interface/page/page.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import type { AnyScreen } from '../../../src/tui/interface/screen.ts';
import type { TaskName } from '../../../src/tasks/task.ts';
import { bestOf, listed } from '../../support/listed.ts';
import { watchedRun } from '../../support/watched.ts';
import { after, evil } from './states.ts';

/** A page that says what it is of. */
const page = (title: string): AnyScreen =>
  screenOf(pageScreen, { title, command: `nascent ${title}`, top: 0, text: () => `${title}\nas a page` });
export const doors: HubDoors = {
  hasModel: () => true,
  newRun: () => page('new'),
  train: ({ path }) => page(`train ${path}`),
  exporting: ({ path }) => page(`export ${path}`),
  parity: ({ path }) => page(`parity ${path}`),
  comparing: ({ path }) => page(`parity of ${path}`),
  derive: ({ path }) => page(`derive ${path}`),
  compare: (paths) => page(`compare ${paths.join(' ')}`),
};

const unread = beginning(screenOf(hubScreen(doors), hubState('runs')));
const of = (runs: readonly ListedRun[]): InterfaceState =>
  told(unread, { kind: 'listed', folder: 'runs', runs });

const day = (date: number) => `2026-01-${String(date).padStart(2, '0')}T00:00:00.000Z`;

/** A run in every state there is, the one that runs with a training in its folder. */
function everyRun(task: TaskName): readonly ListedRun[] {
  const data = task === 'images' ? 'cifar10' : 'wikitext2';
  const best = task === 'images' ? bestOf('valid_accuracy', 0.57) : bestOf('valid_perplexity', 123.4);
  const unit = task === 'images' ? 'img' : 'tokens';
  const progress = { stage: 'search', done: 9_000, total: 20_000, unit };
  const one = (name: string, date: number, more: Partial<ListedRun>) =>
    listed(`runs/${name}`, { data, createdAt: day(date), ...more });
  return [
    one('search-1', 9, { status: 'running', progress, left: 330_000, best, skips: 1 }),
    one('search-2', 8, { status: 'paused', progress, best, skips: 2 }),
    one('search-3', 7, {
      best,
      progress,
      skips: 0,
      inside: [listed('runs/search-3/train', { kind: 'train', status: 'stopped', data, progress })],
    }),
    one('search-4', 6, { status: 'stopped', progress, note: 'interrupted' }),
    one('search-5', 5, { status: 'failed', progress, note: 'the loss is not a number' }),
    one('search-6', 4, { status: 'crashed', progress, note: 'killed by SIGKILL' }),
    one('search-7', 3, { status: 'created' }),
    listed('runs/newer', {
      kind: undefined,
      status: undefined,
      data: undefined,
      preset: undefined,
      createdAt: undefined,
      note: 'runs/newer/run.json was written by a later version of Nascent',
    }),
  ];
}

const seen = (task: TaskName, name = 'search-1') =>
  told(of(everyRun(task)), {
    kind: 'watched',
    watched: watchedRun({ path: resolve(`runs/${name}`), task }),
  });
const many = Array.from({ length: 80 }, (_, i) =>
  listed(`runs/a-name-of-which-the-end-says-more-than-the-beginning/search-${i + 1}`),
);

export const hubStates: Readonly<Record<string, InterfaceState>> = {
  'hub, not read yet': unread,
  'hub, no runs': of([]),
  'hub, a run in every state': seen('images'),
  'hub, a run in every state, on text': seen('text'),
  'hub, a run in every state, on the last': after(of(everyRun('images')), 'end'),
  'hub, marked': after(of(everyRun('images')), 'space', 'space'),
  'hub, many runs': after(of(many), 'end'),
  'hub, filtering': after(of(everyRun('images')), '/', 's', '3'),
  'hub, nothing found': after(of(everyRun('images')), '/', 'x', 'return'),
  'hub, by status': after(of(everyRun('images')), 's', 's', 'q'),
  'hub, help': after(of([]), '?'),
  'hub, to be deleted': after(of(everyRun('images')), 'down', 'down', 'd'),
  'hub, texts that act on terminals': of([
    listed(`runs/${evil}`, { preset: evil, data: evil, status: 'failed', note: evil }),
    listed('runs/b', { inside: [listed(`runs/b/${evil}`)] }),
  ]),
  'a page': after(of(everyRun('images')), 'space', 'space', 'c'),
  'a page, texts that act on terminals': after(of([listed('runs/a'), listed(evil)]), 'space', 'space', 'c'),
};
