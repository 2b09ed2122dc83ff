/** `nascent completion`: a script that lets a shell complete commands, options and the names that they take. */

import { Argument } from 'commander';
import type { Command } from 'commander';

import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completedCommands } from '../completion/model.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { knownName } from '../input/options.ts';
import { withWords } from '../input/words.ts';
import { print } from '../shell/output.ts';

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
type Shell = keyof typeof shells;
const shellNames = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

/** @param whole makes a parser that has every command */
export function registerCompletion(program: Command, whole: () => Promise<Command>): void {
  program
    .command('completion')
    .description('print a script that completes nascent in a shell; it says how to use it')
    .addArgument(withWords(new Argument('<shell>', shellNames.join(', ')), shellNames))
    .action(async (name: string) => {
      const shell = knownName('shell', name, shellNames);
      print(shells[shell](completedCommands(await whole())));
    });
}
