import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { rangeInShort, type ValueSchema } from '../../../src/tasks/settings/expectation.ts';
import { flag, listOf, oneOf, orNull, real, whole } from '../../../src/tasks/settings/kinds.ts';
import {
  settingsJsonSchema,
  settingsTable,
  type Setting,
  type SettingsTable,
} from '../../../src/tasks/settings/table.ts';
import { settingsTables } from '../../../src/tasks/settings/tables.ts';

const rows = settingsTables.flatMap((table) =>
  Object.entries(table.rows as SettingsTable<Record<string, unknown>>['rows']).map(
    ([key, row]) => [`${table.job}, ${table.task}: ${key}`, key, row, table] as const,
  ),
);

describe('every setting', () => {
  test.each(rows)('%s has a line of help and a source', (_name, _key, { help, source }) => {
    expect(help).toMatch(/^[A-Z][^\n]*\.$/);
    expect(source).toMatch(/^(ours|the official code|DARTS, .+|.+ \(\d{4}\))$/);
  });

  test.each(rows)('%s says in short what it takes', (_name, _key, { type }) => {
    const inShort = rangeInShort(z.toJSONSchema(type) as ValueSchema);
    expect(inShort).not.toMatch(/^\s|\s\s|\s$|^to\b|\bto$/);
    expect(inShort).not.toBe('');
  });

  test.each(rows)('%s is a choice, or has a range with two ends that hold', (_name, _key, { type }) => {
    for (const number of numbersOf(z.toJSONSchema(type))) {
      const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, type: kind } = number;
      const [least, most] = [minimum ?? exclusiveMinimum, maximum ?? exclusiveMaximum];
      if (least === undefined || most === undefined) throw new Error('a range without an end');
      // zod's own bounds of whole numbers are none that anybody chose.
      expect([Math.abs(least), most].every((bound) => bound < Number.MAX_SAFE_INTEGER)).toBe(true);
      const [step, accepts] = [
        kind === 'integer' ? 1 : 1e-6,
        (value: number) => type.safeParse(value).success,
      ];
      expect([accepts(least), accepts(most)]).toEqual([minimum !== undefined, maximum !== undefined]);
      expect([accepts(least - step), accepts(most + step)]).toEqual([false, false]);
      expect([accepts(1e300), accepts(Number.NaN), accepts(Infinity)]).toEqual([false, false, false]);
    }
  });

  test.each(rows)('%s has a value in every preset that is in its range', (_name, key, { type }, table) => {
    const presets = Object.values(table.presets as Record<string, Record<string, unknown>>);
    expect(presets).toHaveLength(Object.keys(table.about).length);
    for (const preset of presets) expect(type.parse(preset[key])).toEqual(preset[key]);
  });
});

interface NumberSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
}

/** What of a setting's values are numbers in a range. */
function numbersOf(schema: z.core.JSONSchema.BaseSchema): readonly NumberSchema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((each) => numbersOf(each));
  if (schema.enum !== undefined || (schema.type !== 'number' && schema.type !== 'integer')) return [];
  return [schema as NumberSchema];
}

const small = settingsTable({
  task: 'text',
  job: 'train',
  about: { slow: 'A long one.', fast: 'A short one.' },
  rows: {
    epochs: {
      type: whole(1, 9),
      unit: 'epochs',
      help: 'How often.',
      source: 'ours',
      presets: { slow: 9, fast: 1 },
    },
    names: { type: listOf(['a', 'b']), unit: null, help: 'Which.', source: 'ours', presets: ['b', 'a'] },
    late: {
      type: orNull(real({ above: 0, below: 1 })),
      unit: null,
      help: 'New.',
      source: 'ours',
      presets: null,
      before: 0.5,
    },
    on: { type: flag, unit: null, help: 'Whether.', source: 'ours', presets: { slow: true, fast: false } },
  },
});

test('a preset has the value of its column, or the one that all have', () => {
  expect(small.presets).toEqual({
    slow: { epochs: 9, names: ['b', 'a'], late: null, on: true },
    fast: { epochs: 1, names: ['b', 'a'], late: null, on: false },
  });
  // A list of one preset can be changed without changing another's.
  expect(small.presets.slow.names).not.toBe(small.presets.fast.names);
});

test('a configuration of before a setting came reads as it was; one without an old setting is refused', () => {
  expect(small.schema.parse({ epochs: 1, names: ['a'], on: true }).late).toBe(0.5);
  expect(small.schema.safeParse({ epochs: 1, names: ['a'] }).success).toBe(false);
  expect(small.schema.safeParse({ ...small.presets.slow, other: 1 }).success).toBe(false);
});

test('the JSON Schema has range, unit, help, source and presets of every setting', () => {
  expect(settingsJsonSchema(small)).toMatchObject({
    title: 'Settings of a training on text',
    additionalProperties: false,
    required: ['epochs', 'names', 'on'],
    properties: {
      epochs: {
        type: 'integer',
        minimum: 1,
        maximum: 9,
        unit: 'epochs',
        description: 'How often.',
        source: 'ours',
        presets: { slow: 9, fast: 1 },
      },
      late: { default: 0.5, presets: { slow: null, fast: null } },
    },
  });
});

test('a number is in a range where it is within its ends', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -20, max: 20 }),
      fc.nat(20),
      fc.integer({ min: -50, max: 50 }),
      (from, size, at) => {
        const to = from + size;
        const within = (type: z.ZodType) => type.safeParse(at).success;
        expect(within(whole(from, to))).toBe(at >= from && at <= to);
        expect(within(real({ from, below: to }))).toBe(at >= from && at < to);
        expect(within(real({ above: from, to }))).toBe(at > from && at <= to);
      },
    ),
  );
  expect(oneOf([1, 2]).safeParse(3).success).toBe(false);
  expect(listOf(['a']).safeParse([]).success).toBe(false);
});

test('a row that lacks a column does not compile', () => {
  const row = { type: whole(1, 9), unit: 'epochs', help: 'How often.', source: 'ours', presets: 1 } as const;
  const { type, unit, help, source, presets } = row;
  const whole_: Setting<number, 'slow' | 'fast'> = row;
  // @ts-expect-error no type, and so no range
  const untyped: Setting<number, 'slow' | 'fast'> = { unit, help, source, presets };
  // @ts-expect-error no unit
  const unitless: Setting<number, 'slow' | 'fast'> = { type, help, source, presets };
  // @ts-expect-error no help
  const helpless: Setting<number, 'slow' | 'fast'> = { type, unit, source, presets };
  // @ts-expect-error no source
  const unsourced: Setting<number, 'slow' | 'fast'> = { type, unit, help, presets };
  // @ts-expect-error a source that says nothing
  const vague: Setting<number, 'slow' | 'fast'> = { ...row, source: 'somewhere' };
  // @ts-expect-error a preset without a value
  const partial: Setting<number, 'slow' | 'fast'> = { ...row, presets: { slow: 1 } };
  // @ts-expect-error a value of another kind
  const wrong: Setting<number, 'slow' | 'fast'> = { ...row, presets: 'one' };
  expect([whole_, untyped, unitless, helpless, unsourced, vague, partial, wrong]).toHaveLength(8);
});
