/** `nascent settings`: what a search or a training can be told, and what the presets say. */

import { Argument, Option } from 'commander';
import type { Command } from 'commander';

import { settingsJsonSchema } from '../../tasks/settings/table.ts';
import { settingsTables } from '../../tasks/settings/tables.ts';
import { jsonOption, knownName } from '../input/options.ts';
import { withWords } from '../input/words.ts';
import { commandLine } from '../render/next.ts';
import { listedPresets, renderPreset, renderPresets, settingsPage } from '../render/settings-list.ts';
import { print, say } from '../shell/output.ts';
import { dataColumns } from '../../tui/terminal.ts';

interface SettingsFlags {
  readonly json?: boolean;
  readonly schema?: boolean;
  readonly markdown?: boolean;
}

export function registerSettings(program: Command): void {
  program
    .command('settings')
    .description('list the presets, or the settings of a preset: value, range, unit, help and source')
    .addArgument(withWords(new Argument('[preset]', 'the preset whose settings to list'), presets()))
    .addOption(jsonOption().conflicts(['schema', 'markdown']))
    .addOption(new Option('--schema', 'the JSON Schema of the settings').conflicts(['markdown']))
    .addOption(new Option('--markdown', 'all settings of all presets as a page'))
    .action(settings);
}

function presets(): readonly string[] {
  return [...new Set(listedPresets().map((each) => each.preset))];
}

function settings(preset: string | undefined, flags: SettingsFlags): void {
  const all = listedPresets();
  const asked = preset === undefined ? undefined : knownName('preset', preset, presets());
  if (flags.markdown === true) {
    print(settingsPage());
    return;
  }
  if (flags.schema === true) {
    const tables = settingsTables.filter(({ about }) => asked === undefined || asked in about);
    print(JSON.stringify(tables.map(settingsJsonSchema), undefined, 2));
    return;
  }
  const listed = all.filter((each) => asked === undefined || each.preset === asked);
  if (flags.json === true) {
    print(JSON.stringify(listed, undefined, 2));
    return;
  }
  const width = dataColumns();
  if (asked !== undefined) {
    print(listed.map((each) => renderPreset(each, width)).join('\n\n'));
    return;
  }
  print(renderPresets(listed, width));
  say(`The settings of one: ${commandLine('settings <preset>')}`);
}
