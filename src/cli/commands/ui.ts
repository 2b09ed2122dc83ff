/** `nascent ui`, and plain `nascent` on a terminal: the interface. */

import { existsSync } from 'node:fs';

import type { Command } from 'commander';

import { listRuns } from '../../run/list-runs.ts';
import { hubScreen } from '../../tui/interface/hub/hub.ts';
import { hubState } from '../../tui/interface/hub/state.ts';
import { hubInWords } from '../../tui/interface/hub/words.ts';
import { screenOf } from '../../tui/interface/screen.ts';
import { isTerminal, wholeTerminal, whyNotWhole } from '../../tui/terminal.ts';
import { hubDoors } from '../interface/doors.ts';
import { showInterface } from '../interface/watch-on.ts';
import { commandLine } from '../render/next.ts';
import { print, say } from '../shell/output.ts';

export function registerUi(program: Command): void {
  program
    .command('ui')
    .description('the interface: the runs of a folder, what they do, and what can be done with them')
    .argument('[folder]', 'the folder that holds the runs', 'runs')
    .option('--ascii', 'draw with ASCII alone')
    .action(ui);
}

async function ui(folder: string, flags: { readonly ascii?: boolean }): Promise<void> {
  if (isTerminal() && wholeTerminal() === undefined) sayRuns(folder);
  else await showInterface(screenOf(hubScreen(hubDoors(folder)), hubState(folder)), flags);
}

/** On a terminal that nothing can be drawn on, or that a screen reader reads: the runs in words, and what to do. */
function sayRuns(folder: string): void {
  const runs = existsSync(folder) ? listRuns(folder) : [];
  const newest = runs.toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''));
  print(hubInWords(folder, newest).join('\n'));
  const next = [
    ['watch RUN', 'what a run does, line by line; with --once how it stands'],
    [
      'control RUN stop',
      'stops it where it can be resumed; so do pause, resume and checkpoint what they say',
    ],
    ['search', 'begins one; with --estimate it only says how long that takes'],
    ['--help', 'all commands, such as train, export, validate, parity, report, compare'],
  ] as const;
  const lines = next.map(([words, what]) => `${commandLine(words)}: ${what}.`);
  say([`Nothing opens: ${whyNotWhole()}. The commands do all that it does:`, ...lines].join('\n'));
}
