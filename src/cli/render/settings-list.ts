/** Tables of settings, for people and for programs. */

import { z } from 'zod';

import { settingsTables } from '../../tasks/settings/tables.ts';
import type { SettingsTable } from '../../tasks/settings/table.ts';
import { columns } from '../../tui/columns.ts';
import { rangeInShort, typeInShort, type ValueSchema } from '../../tasks/settings/expectation.ts';

/** A setting in a preset. */
export interface ListedSetting {
  readonly key: string;
  readonly value: unknown;
  /** As JSON Schema names it: `integer`, `number or null`. The whole of it: `nascent settings --schema`. */
  readonly type: string;
  /** Such as `1 to 1000 or null`. */
  readonly range: string;
  readonly unit: string | null;
  readonly help: string;
  readonly source: string;
}

/** A preset of one table. Tables may have presets of one name: `quick` is a search and a training. */
export interface ListedPreset {
  readonly preset: string;
  readonly job: SettingsTable['job'];
  readonly task: SettingsTable['task'];
  readonly about: string;
  readonly settings: readonly ListedSetting[];
}

export function listedPresets(): readonly ListedPreset[] {
  return settingsTables.flatMap((table) =>
    Object.entries(table.about).map(([preset, about]) => ({
      preset,
      job: table.job,
      task: table.task,
      about,
      settings: settingsIn(table, preset),
    })),
  );
}

function settingsIn(table: SettingsTable, preset: string): readonly ListedSetting[] {
  const values: ReadonlyMap<string, unknown> = new Map(Object.entries(configOf(table, preset)));
  return rangesOf(table).map(({ key, type, range, unit, help, source }) => ({
    key,
    value: values.get(key),
    type,
    range,
    unit,
    help,
    source,
  }));
}

function configOf({ presets }: SettingsTable, preset: string): object {
  return presets[preset] ?? {};
}

function rangesOf({ rows, schema }: SettingsTable): readonly Omit<ListedSetting, 'value'>[] {
  const { properties } = z.toJSONSchema(schema, { io: 'input' }) as ValueSchema;
  const described = rows as SettingsTable<Record<string, unknown>>['rows'];
  return Object.entries(described).map(([key, { unit, help, source }]) => {
    const property = properties?.[key] ?? {};
    return { key, type: typeInShort(property), range: rangeInShort(property), unit, help, source };
  });
}

/** What presets there are, with the jobs and the data that they are for. */
export function renderPresets(presets: readonly ListedPreset[], width: number): string {
  const rows = presets.map(({ preset, job, task, about }) => [preset, `${job}, ${task}`, about]);
  return columns([['preset', 'for', 'what it is'], ...rows], { width });
}

/** The settings of a preset, under one another. */
export function renderPreset({ preset, job, task, about, settings }: ListedPreset, width: number): string {
  const rows = settings.map(({ key, value, range, unit, help, source }) => [
    key,
    valueInWords(value),
    range,
    unit ?? '',
    source,
    help,
  ]);
  const heads = ['setting', 'value', 'range', 'unit', 'source', 'what it is'];
  return `${preset}, to ${job} on ${task}. ${about}\n\n${columns([heads, ...rows], { most: [Infinity, 16, 20, Infinity, 20], width })}`;
}

/** The reference page of all settings, as Markdown. */
export function settingsPage(): string {
  const sections = settingsTables.map((table) => {
    const presets = Object.entries(table.about);
    const values = presets.map(([preset]) => settingsIn(table, preset));
    const heads = [
      'setting',
      ...presets.map(([name]) => `\`${name}\``),
      'range',
      'unit',
      'what it is',
      'source',
    ];
    const rows = rangesOf(table).map(({ key, range, unit, help, source }, row) => [
      `\`${key}\``,
      ...values.map((each) => valueInWords(each[row]?.value)),
      range,
      unit ?? '',
      help,
      source,
    ]);
    return [
      `## ${table.job === 'search' ? 'Search' : 'Training'}, ${table.task}`,
      presets.map(([name, about]) => `- \`${name}\`: ${about}`).join('\n'),
      [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    ].join('\n\n');
  });
  const head =
    '# Settings\n\n' +
    'What a search and a training can be told with `--set key=value`, and what each preset says.\n' +
    'Made by `npm run docs:settings` from the tables that the program itself reads. On the command line, ' +
    '`nascent settings <preset>` shows the same.';
  return `${[head, ...sections].join('\n\n')}\n`;
}

/** A value as `--set` takes it, but for the space after a comma. */
function valueInWords(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
