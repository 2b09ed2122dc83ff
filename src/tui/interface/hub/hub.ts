/** The hub: the runs of a folder, newest first, and what can be done with the one under the cursor. */

import { resolve } from 'node:path';

import type { ScreenKind } from '../screen.ts';
import { statusLegend } from '../status.ts';
import { keysOf, typing } from './keys.ts';
import type { HubDoors } from './keys.ts';
import { underCursor, withInside } from './state.ts';
import type { HubState } from './state.ts';

export function hubScreen(doors: HubDoors): ScreenKind<HubState> {
  const keys = keysOf(doors);
  return {
    name: 'hub',
    title: () => 'the hub',
    keys: ({ filtering }) => (filtering ? typing : keys),
    legend: [...statusLegend, ['>', 'the run under the cursor'], ['*', 'marked']],
    needs(state) {
      const path = underCursor(state)?.run.path;
      return {
        folder: state.folder,
        machine: 'this machine',
        ...(path !== undefined && { runs: [resolve(path)] }),
      };
    },
    told(state, news) {
      if (news.kind === 'listed' && news.folder === state.folder) {
        const paths = new Set(news.runs.flatMap((run) => withInside(run, 0)).map(({ run }) => run.path));
        const marked = new Set([...state.marked].filter((path) => paths.has(path)));
        return { ...state, runs: news.runs, trouble: news.trouble, marked };
      }
      if (news.kind === 'watched') {
        const path = underCursor(state)?.run.path;
        if (path !== undefined && news.watched.path === resolve(path))
          return { ...state, seen: news.watched };
      }
      return state;
    },
  };
}
