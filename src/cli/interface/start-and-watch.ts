/** `--ui`: the same command as a process of its own, which outlives the interface, and the interface to watch it. */

import { resolve } from 'node:path';

import type { Command } from 'commander';

import { screenOf } from '../../tui/interface/screen.ts';
import { watchScreen, watchState } from '../../tui/interface/watch/watch.ts';
import { commandLine, word } from '../render/next.ts';
import { say } from '../shell/output.ts';
import { showInterface } from './watch-on.ts';

/**
 * @param command whose words were typed
 * @param path the run folder that it makes or resumes
 * @param out whether the command must be told so, because nothing that was typed says it
 */
export async function startAndWatch(command: Command, path: string, out: boolean): Promise<void> {
  const typed = (command.parent as (Command & { readonly rawArgs: readonly string[] }) | null)?.rawArgs ?? [];
  const given = [...typed.filter((each) => each !== '--ui'), ...(out ? ['--out', path] : [])];
  await showInterface(screenOf(watchScreen, watchState(resolve(path))), {
    effects: [{ kind: 'command', given, saying: 'Done:' }],
  });
  say(`What was started goes on. Watch it again: ${commandLine(`watch ${word(path)}`)}`);
}
