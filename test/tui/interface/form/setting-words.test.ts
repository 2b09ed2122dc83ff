import { expect, test } from 'vitest';

import { settingsTables } from '../../../../src/tasks/settings/tables.ts';
import type { SettingKind } from '../../../../src/tasks/settings/table.ts';
import {
  answerOf,
  answerRange,
  inWords,
  readAnswer,
  shownAnswer,
  typedValue,
} from '../../../../src/tui/interface/form/setting-words.ts';

const settings = settingsTables.flatMap((table) =>
  Object.entries(table.presets as Readonly<Record<string, Readonly<Record<string, unknown>>>>).flatMap(
    ([preset, values]) =>
      Object.entries(table.rows as Readonly<Record<string, SettingKind<unknown>>>).map(([key, row]) => ({
        name: `${table.job} on ${table.task}, ${preset}: ${key}`,
        table,
        key,
        row,
        value: values[key],
      })),
  ),
);

test('the answer that stands for a value is read as that value', () => {
  for (const { name, table, key, value } of settings) {
    expect(readAnswer(table, key, answerOf(value)), name).toEqual({ kind: 'value', value });
  }
});

test('nothing that is shown of a setting is a word of a configuration file', () => {
  for (const { name, table, key, row, value } of settings) {
    const shown = [shownAnswer(row, value), answerRange(table, key), inWords(row.help)].join('\n');
    expect(shown, name).not.toMatch(/\b(?:null|true|false|undefined)\b/);
  }
});

test('no answer is what its help says, and a command takes it as null', () => {
  const [search] = settingsTables.filter(({ job, task }) => job === 'search' && task === 'images');
  if (search === undefined) throw new Error('there is no such table');
  const rows = search.rows as Readonly<Record<string, SettingKind<unknown>>>;
  const shown = (key: string) => (rows[key] === undefined ? '' : shownAnswer(rows[key], null));
  expect(['train_images', 'max_skips', 'stop_on_skips', 'image_size'].map(shown)).toEqual([
    'all',
    'any number',
    'never stop',
    'usual (224)',
  ]);
  expect(typedValue(search, 'max_skips', ' ')).toBe('null');
  expect(typedValue(search, 'valid_augmented', 'yes')).toBe('true');
  expect(readAnswer(search, 'max_skips', 'x')).toMatchObject({
    why: expect.stringMatching(/^expected .* from 0 to 64, or nothing$/),
  });
});
