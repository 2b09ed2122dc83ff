import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { applySettings } from '../../../src/tasks/settings/apply.ts';
import { readSetting, settingChoices, settingText } from '../../../src/tasks/settings/read.ts';
import { settingsTables } from '../../../src/tasks/settings/tables.ts';
import { tries } from '../../support/properties.ts';

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.integer().map(String),
  fc.double({ noNaN: true }).map(String),
  fc.constantFrom(
    'null',
    'true',
    'false',
    '',
    '1',
    '2',
    '0.5',
    ' 3 ',
    '1e-3',
    'none',
    'none,skip_connect',
    'moved',
  ),
);
const setting = fc.constantFrom(...settingsTables).chain((table) =>
  fc.record({
    table: fc.constant(table),
    key: fc.constantFrom(...Object.keys(table.rows)),
    preset: fc.constantFrom(...Object.keys(table.presets)),
    text,
  }),
);

it('a setting is read by itself as --set reads it', () => {
  fc.assert(
    fc.property(setting, ({ table, key, preset, text: given }) => {
      const { [preset]: base = {} } = table.presets as Readonly<Record<string, Record<string, never>>>;
      const read = readSetting(table, key, given);
      const apply = () =>
        applySettings(table.schema, base, [`${key}=${given}`]) as Readonly<Record<string, unknown>>;
      if (read.kind === 'wrong') expect(apply).toThrow();
      else expect(apply()[key]).toEqual(read.value);
    }),
    { numRuns: tries(200) },
  );
});

it('every value of every preset is a text that means it', () => {
  for (const table of settingsTables) {
    for (const preset of Object.values(table.presets)) {
      for (const [key, value] of Object.entries(preset)) {
        expect(readSetting(table, key, settingText(value))).toEqual({ kind: 'value', value });
      }
    }
  }
});

it('what is listed is a choice', () => {
  const table = settingsTables.find(({ job, task }) => job === 'train' && task === 'images');
  if (table === undefined) throw new Error('there is no such table');
  expect(settingChoices(table, 'flip')).toEqual(['true', 'false']);
  expect(settingChoices(table, 'schedule')).toContain('cosine-epoch');
  expect(settingChoices(table, 'epochs')).toBeUndefined();
});
