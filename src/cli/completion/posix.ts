/**
 * What bash and zsh have in common: which command is being typed, found by the same loop, and what follows which, as
 * branches of `case`.
 *
 * `$at` is the command so far, `$position` how many arguments it was given, `$previous` the word before the one that is
 * typed.
 */

import { below, nameOf } from './model.ts';
import type { CompletedCommand } from './model.ts';

/** One word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Branches for `"$at $each"`: a command goes deeper, an option with a value makes the next word no command. */
export function walkBranches(commands: readonly CompletedCommand[]): string {
  const deeper = commands.slice(1).map(({ path }) => path);
  return `${branch(deeper, 'at="$at $each"')}\n${branch(valued(commands), 'skip=1')}`;
}

/** A branch for each option whose value is one of a few words, and one for those whose value is free. */
export function valueBranches(
  commands: readonly CompletedCommand[],
  words: (words: readonly string[]) => string,
  free: string,
): string {
  const known = commands.flatMap(({ path, options }) =>
    options
      .filter((option) => option.words.length > 0)
      .map((option) =>
        branch(
          option.flags.map((flag) => `${path} ${flag}`),
          words(option.words),
        ),
      ),
  );
  return [...known, branch(valued(commands), free)].join('\n');
}

/** A branch for `"$at"`: the flags of each command. */
export function flagBranches(
  commands: readonly CompletedCommand[],
  flags: (command: CompletedCommand) => string,
): string {
  return commands.map((command) => branch([command.path], flags(command))).join('\n');
}

/** Branches for `"$at $position"`: the commands below, or the words of an argument. */
export function wordBranches(
  commands: readonly CompletedCommand[],
  subcommands: (commands: readonly CompletedCommand[], path: string) => string,
  words: (words: readonly string[]) => string,
): string {
  return commands
    .flatMap((command) => {
      const inner = below(commands, command.path);
      const own = inner.length === 0 ? [] : [branch([`${command.path} 0`], subcommands(inner, command.path))];
      return [
        ...own,
        ...command.arguments.flatMap((each, position) =>
          each.length === 0 ? [] : [branch([`${command.path} ${position}`], words(each))],
        ),
      ];
    })
    .join('\n');
}

export function names(commands: readonly CompletedCommand[], path: string): readonly string[] {
  return commands.map((command) => nameOf(command, path));
}

function valued(commands: readonly CompletedCommand[]): readonly string[] {
  return commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags }) => flags.map((flag) => `${path} ${flag}`)),
  );
}

function branch(patterns: readonly string[], body: string): string {
  return `    ${patterns.map(quoted).join(' | ')}) ${body} ;;`;
}
