/** The parser's complaints as errors of ours: one message, the nearest name, and where to read on. */

import type { Command, CommanderError } from 'commander';

import { NascentError } from '../../errors.ts';

/** @param command the command whose arguments are wrong */
export function usageError(error: CommanderError, command: Command): NascentError {
  const [first = '', suggestion] = error.message.split('\n');
  const nearest = /Did you mean (.*?)\?/.exec(suggestion ?? '')?.[0];
  const path = pathOf(command);
  const names = command.commands.map((each) => each.name());
  const where =
    error.code === 'commander.unknownCommand'
      ? `Commands: ${names.join(', ')}.`
      : `See ${path} --help for what it takes.`;
  const unknown = error.code === 'commander.unknownCommand' || error.code === 'commander.unknownOption';
  return new NascentError(unknown ? 'input/unknown' : 'input/invalid', first.replace(/^error: /, ''), {
    help: nearest === undefined ? where : `${nearest} ${where}`,
  });
}

/** Such as `nascent data get`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
