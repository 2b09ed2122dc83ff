/** A command as it was typed, without some of its options. */
import type { Command } from 'commander';
import { commandLine, word } from './next.ts';

/** @param without long names of options that are left out, such as `--json` */
export function asTyped(command: Command, without: readonly string[]): string {
  const given = command.options.filter(
    (option) =>
      command.getOptionValueSource(option.attributeName()) === 'cli' && !without.includes(option.long ?? ''),
  );
  const options = given.flatMap((option) => {
    const value: unknown = command.getOptionValue(option.attributeName());
    const name = option.long ?? '';
    if (value === true) return [name];
    // What may be given again comes as a list.
    return (Array.isArray(value) ? value : [value]).map((each) => `${name} ${word(String(each))}`);
  });
  return commandLine([command.name(), ...command.args.map(word), ...options].join(' '));
}
