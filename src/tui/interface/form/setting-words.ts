/**
 * Settings as a form has them. What configurations write as null, true and false is shown as what it means and is answered
 * by nothing, yes and no.
 */

import { readSetting, settingChoices, settingRange, settingText } from '../../../tasks/settings/read.ts';
import type { ReadSetting } from '../../../tasks/settings/read.ts';
import type { SettingKind, SettingsTable } from '../../../tasks/settings/table.ts';

const isFlag = (table: SettingsTable, key: string) => settingChoices(table, key)?.join() === 'true,false';
const isNullable = (table: SettingsTable, key: string) => readSetting(table, key, 'null').kind === 'value';

/** A value as it is answered. */
export function answerOf(value: unknown): string {
  if (value === null) return '';
  return value === true ? 'yes' : value === false ? 'no' : settingText(value);
}

/** An answer as `--set` takes it. */
export function typedValue(table: SettingsTable, key: string, answer: string): string {
  const text = answer.trim();
  if (text === '' && isNullable(table, key)) return 'null';
  if (isFlag(table, key)) return text === 'yes' ? 'true' : text === 'no' ? 'false' : text;
  return text;
}

/** What an answer means, or why it means nothing. */
export function readAnswer(table: SettingsTable, key: string, answer: string): ReadSetting {
  const read = readSetting(table, key, typedValue(table, key, answer));
  return read.kind === 'value' ? read : { ...read, why: inWords(read.why) };
}

/** What an answer is one of, where that is listed. */
export function answerChoices(table: SettingsTable, key: string): readonly string[] | undefined {
  return isFlag(table, key) ? ['yes', 'no'] : settingChoices(table, key);
}

export function answerRange(table: SettingsTable, key: string): string {
  return inWords(settingRange(table, key));
}

/** What a value is shown as: of null what it means, which its help says: `all`, `usual (224)`. */
export function shownAnswer(row: SettingKind<unknown>, value: unknown): string {
  if (value !== null) return answerOf(value);
  const meaning = /\bnull (?:for|to) ([^,;.]+)/.exec(row.help)?.[1] ?? 'nothing';
  // A number would look like one that was answered.
  return /^\d+$/.test(meaning) ? `usual (${meaning})` : meaning;
}

/** Help, ranges and complaints about settings, in the words of a form. */
export function inWords(text: string): string {
  return text
    .replaceAll(/ or null\b/g, ', or nothing')
    .replaceAll(/\bnull\b/g, 'nothing')
    .replaceAll('true, false', 'yes, no')
    .replaceAll('true or false', 'yes or no');
}
