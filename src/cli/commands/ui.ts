/** `nascent ui`, and plain `nascent` on a terminal: the interface. */

import type { Command } from 'commander';

import { hubScreen } from '../../tui/interface/hub/hub.ts';
import { hubState } from '../../tui/interface/hub/state.ts';
import { screenOf } from '../../tui/interface/screen.ts';
import { hubDoors } from '../interface/doors.ts';
import { showInterface } from '../interface/watch-on.ts';

export function registerUi(program: Command): void {
  program
    .command('ui')
    .description('the interface: the runs of a folder, what they do, and what can be done with them')
    .argument('[folder]', 'the folder that holds the runs', 'runs')
    .option('--ascii', 'draw with ASCII alone')
    .action((folder: string, flags: { readonly ascii?: boolean }) =>
      showInterface(screenOf(hubScreen(hubDoors(folder)), hubState(folder)), flags),
    );
}
