/** Completion for fish. */

import { below, nameOf } from './model.ts';
import type { CompletedCommand, CompletedOption } from './model.ts';

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of nascent for fish. For this shell: nascent completion fish | source
# For every shell: nascent completion fish > ~/.config/fish/completions/nascent.fish

# Whether the command that is typed is this one, and has so many arguments if that is asked.
function __nascent_at
    set -l at nascent
    set -l position 0
    set -l skip
    for each in (commandline -opc)[2..]
        if test -n "$skip"
            set skip
            continue
        end
        switch "$at $each"
            case ${listed(commands.slice(1).map(({ path }) => path))}
                set at "$at $each"
            case ${listed(commands.flatMap(valued))}
                set skip 1
            case '* -*'
            case '*'
                set position (math $position + 1)
        end
    end
    test "$argv[1]" = "$at"; and begin
        test (count $argv) -eq 1; or test "$argv[2]" = $position
    end
end

complete -c nascent -f
${commands.flatMap((command) => linesOf(command, commands)).join('\n')}
`;
}

function linesOf(command: CompletedCommand, commands: readonly CompletedCommand[]): readonly string[] {
  const { path, options } = command;
  const inner = below(commands, path);
  return [
    ...inner.map((each) =>
      line(
        `__nascent_at ${quoted(path)} 0`,
        `-a ${quoted(nameOf(each, path))} -d ${quoted(each.description)}`,
      ),
    ),
    ...command.arguments.map((words, position) =>
      line(
        `__nascent_at ${quoted(path)} ${position}`,
        words.length === 0 ? '-F' : `-a ${quoted(words.join(' '))}`,
      ),
    ),
    ...options.map((option) => line(`__nascent_at ${quoted(path)}`, optionOf(option))),
  ];
}

function optionOf({ flags, description, takesValue, words }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = words.length > 0 ? `-x -a ${quoted(words.join(' '))}` : '-r -F';
  return [...names, ...(takesValue ? [value] : []), `-d ${quoted(description)}`].join(' ');
}

function line(condition: string, rest: string): string {
  return `complete -c nascent -n ${quoted(condition)} ${rest}`;
}

function valued({ path, options }: CompletedCommand): readonly string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .flatMap(({ flags }) => flags.map((flag) => `${path} ${flag}`));
}

function listed(patterns: readonly string[]): string {
  return patterns.map(quoted).join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
