/**
 * Settings as tables: one row a setting, one table for each thing that can be told something (a search or a training, of
 * images or of text).
 *
 * A row is the one place where a setting is described. From the rows come the schema that checks a configuration, its
 * TypeScript type, the presets, the words of `nascent settings` and of the errors of `--set`, the reference page and the
 * JSON Schema. Every column is a required property, so a row that lacks its range, its help or its source does not
 * compile; nor does one without a value for each preset.
 *
 * The builder is our own, over zod: a zod schema says what a value may be, and carries unit, help and source along as its
 * metadata, but it has no place for the values of presets, and metadata alone can be left out. To add a setting, add a row;
 * where runs exist that know nothing of it, say with `before` what they did.
 */
import { z } from 'zod';

/** Where a setting is from: the paper, by its section; its official code, where the paper is silent; other work; or us. */
export type Source = 'ours' | 'the official code' | `DARTS, ${string}` | `${string} (${number})`;

/** What a row says of a setting, wherever the setting is used. */
export interface SettingKind<T> {
  /** What the value may be: see `kinds.ts`. */
  readonly type: z.ZodType<T>;
  /** What a number counts or is measured in, as a plural noun; null for a number as such, or what is no number. */
  readonly unit: string | null;
  /** One line of plain English. */
  readonly help: string;
  readonly source: Source;
  /** For a setting that came when there were runs without it: the value that means "as it was". */
  readonly before?: NoInfer<T>;
}

/** A description that several tables share. */
export function kind<T>(described: SettingKind<T>): SettingKind<T> {
  return described;
}

/** A row: that, and the value in every preset; one value alone where it is the same in all. */
export interface Setting<T, P extends string> extends SettingKind<T> {
  readonly presets: NoInfer<T> | { readonly [preset in P]: NoInfer<T> };
}

/** Settings by name, with their values. */
type Values = object;

type SchemaOf<T> = z.ZodObject<{ [N in keyof T]: z.ZodType<T[N], T[N]> }, z.core.$strict>;

export interface SettingsTable<T extends Values = Values, P extends string = string> {
  readonly task: 'images' | 'text';
  readonly job: 'search' | 'train';
  /** What each preset is for, in one sentence. */
  readonly about: { readonly [preset in P]: string };
  readonly rows: { readonly [N in keyof T]: Setting<T[N], P> };
  /** Strict: a key that is no setting is refused. Its JSON Schema has unit, help and source of every setting. */
  readonly schema: SchemaOf<T>;
  readonly presets: { readonly [preset in P]: T };
}

export function settingsTable<T extends Values, const P extends string>(table: {
  readonly task: 'images' | 'text';
  readonly job: 'search' | 'train';
  readonly about: { readonly [preset in P]: string };
  readonly rows: { readonly [N in keyof T]: Setting<T[N], NoInfer<P>> };
}): SettingsTable<T, P> {
  const rows = Object.entries(table.rows) as readonly (readonly [string, Setting<unknown, P>])[];
  const shape = Object.fromEntries(rows.map(([name, row]) => [name, checked(row)]));
  const preset = (of: P) => Object.fromEntries(rows.map(([name, row]) => [name, valueIn(row, of)]));
  return {
    ...table,
    schema: z.strictObject(shape) as unknown as SchemaOf<T>,
    presets: Object.fromEntries(Object.keys(table.about).map((name) => [name, preset(name as P)])) as {
      readonly [preset in P]: T;
    },
  };
}

function checked({ type, unit, help, source, before }: Setting<unknown, string>): z.ZodType {
  const described = { description: help, source, ...(unit === null ? {} : { unit }) };
  return (before === undefined ? type : type.default(before)).meta(described);
}

/** Lists are the only objects among values. */
function valueIn<P extends string>({ presets }: Setting<unknown, P>, preset: P): unknown {
  const each = typeof presets === 'object' && presets !== null && !Array.isArray(presets);
  const value = each ? (presets as { readonly [of in P]: unknown })[preset] : presets;
  return Array.isArray(value) ? [...(value as readonly unknown[])] : value;
}

/** The JSON Schema of a configuration, with the values of all presets beside each setting. */
export function settingsJsonSchema({ task, job, rows, schema, presets }: SettingsTable): object {
  const { properties, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  const configs = Object.entries(presets) as readonly (readonly [string, Record<string, unknown>])[];
  const withPresets = Object.keys(rows).map((name) => [
    name,
    {
      ...(properties?.[name] as object),
      presets: Object.fromEntries(configs.map(([preset, config]) => [preset, config[name]])),
    },
  ]);
  return {
    ...rest,
    title: `Settings of ${job === 'search' ? 'a search' : 'a training'} on ${task}`,
    properties: Object.fromEntries(withPresets),
  };
}
