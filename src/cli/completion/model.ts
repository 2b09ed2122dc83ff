/** What can be typed after what, read off the parser, for the scripts of all shells. */

import type { Argument, Command, Option } from 'commander';

import { wordsOf } from '../input/words.ts';

export interface CompletedOption {
  /** Such as `-q` and `--quiet`. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** What the value is one of; nothing where it may be anything, such as a file. */
  readonly words: readonly string[];
}

export interface CompletedCommand {
  /** Such as `nascent data get`. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** The words that each argument is one of, as of an option. */
  readonly arguments: readonly (readonly string[])[];
}

/** The program and every command below it. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  const shared = program.options.filter(({ long }) => long !== '--version');
  const walk = (command: Command, above: string): readonly CompletedCommand[] => {
    const path = `${above} ${command.name()}`.trimStart();
    // The help option is no option of the command's own, and comes with what is visible.
    const visible = command.createHelp().visibleOptions(command);
    const options = [...visible, ...(command === program ? [] : shared)];
    const own: CompletedCommand = {
      path,
      description: command.description(),
      options: options.map(completedOption),
      arguments: command.registeredArguments.map((each: Argument) => wordsOf(each)),
    };
    return [own, ...command.commands.flatMap((each) => walk(each, path))];
  };
  return walk(program, '');
}

/** The commands right below that at `path`. */
export function below(commands: readonly CompletedCommand[], path: string): readonly CompletedCommand[] {
  return commands.filter((each) => each.path.startsWith(`${path} `) && !nameOf(each, path).includes(' '));
}

/** The last word of a command that is right below `path`. */
export function nameOf(command: CompletedCommand, path: string): string {
  return command.path.slice(path.length + 1);
}

function completedOption(option: Option): CompletedOption {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    description: option.description,
    takesValue: option.required || option.optional,
    words: wordsOf(option),
  };
}
