/** A screen whose view throws once b was pressed. */

import { runInterface } from '../../../src/tui/interface/run-interface.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import type { ScreenKind } from '../../../src/tui/interface/screen.ts';
import { watchScreen, watchState } from '../../../src/tui/interface/watch/watch.ts';
import type { WatchState } from '../../../src/tui/interface/watch/watch.ts';

const nothing = undefined as unknown as WatchState['path'];
const breaking: ScreenKind<WatchState> = {
  ...watchScreen,
  needs: () => ({}),
  title: () => 'a screen',
  keys: () => [
    {
      keys: ['b'],
      shown: 'b',
      label: 'break',
      help: 'break',
      press: (state) => ({
        state: { ...state, seen: { path: nothing } as NonNullable<WatchState['seen']> },
      }),
    },
  ],
};

await runInterface(screenOf(breaking, watchState('/runs/a')), {
  input: process.stdin,
  output: process.stdout,
  command: () => Promise.resolve(''),
});
