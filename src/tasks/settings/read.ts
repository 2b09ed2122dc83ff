/** One setting by itself, as somebody types it: what its text means, or what was expected. */

import { z } from 'zod';

import { expectation, rangeInShort, readValue, unknownChoice } from './expectation.ts';
import type { ValueSchema } from './expectation.ts';
import type { SettingsTable } from './table.ts';
import { unknownName } from './unknown-name.ts';

/** The value that a text means, or why it means none: `expected a whole number of epochs from 1 to 1000000`. */
export type ReadSetting =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'wrong'; readonly why: string };

/**
 * By the rules of `applySettings`: a text is refused here where `--set key=text` is refused by itself.
 *
 * @param key one of the table's settings
 */
export function readSetting(table: SettingsTable, key: string, text: string): ReadSetting {
  const wanted = valueSchemas(table)[key];
  const { shape } = table.schema as unknown as z.ZodObject;
  const type = shape[key] as z.ZodType | undefined;
  if (wanted === undefined || type === undefined) return { kind: 'wrong', why: `there is no setting ${key}` };
  const trimmed = text.trim();
  const value = readValue(wanted, trimmed);
  if (value === undefined) {
    const slip = unknownChoice(wanted, trimmed);
    return slip === undefined
      ? { kind: 'wrong', why: `expected ${expectation(wanted)}` }
      : { kind: 'wrong', why: unknownName(key.replace(/s$/, ''), slip.given, slip.known).message };
  }
  const parsed = type.safeParse(value);
  return parsed.success
    ? { kind: 'value', value: parsed.data }
    : { kind: 'wrong', why: `expected ${expectation(wanted)}` };
}

/** A value as `--set` takes it. */
export function settingText(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** Such as `1 to 1000 or null`. */
export function settingRange(table: SettingsTable, key: string): string {
  return rangeInShort(valueSchemas(table)[key] ?? {});
}

/** The values that a setting is one of, as texts; undefined where they are not listed. */
export function settingChoices(table: SettingsTable, key: string): readonly string[] | undefined {
  const { type, enum: choices, const: only } = valueSchemas(table)[key] ?? {};
  if (type === 'boolean') return ['true', 'false'];
  return (choices ?? (only === undefined ? undefined : [only]))?.map(String);
}

const known = new WeakMap<SettingsTable, Readonly<Record<string, ValueSchema>>>();

function valueSchemas(table: SettingsTable): Readonly<Record<string, ValueSchema>> {
  const found = known.get(table);
  if (found !== undefined) return found;
  const { properties = {} } = z.toJSONSchema(table.schema, { io: 'input' }) as ValueSchema;
  known.set(table, properties);
  return properties;
}
