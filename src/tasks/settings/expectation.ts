/** What a value's JSON Schema lets it be: in words for a person, and as a reader of text. */

/** The part of JSON Schema that configurations use. */
export interface ValueSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly ValueSchema[];
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  /** Ours: what a number counts, as a plural noun. */
  readonly unit?: string;
}

/** Such as `a whole number from 1 to 600`. */
export function expectation(schema: ValueSchema): string {
  const choices = choicesOf(schema);
  if (choices !== undefined)
    return choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`;
  return alternatives(schema).map(kindInWords).join(' or ');
}

/** The same in as few words as a table has room for, such as `1 to 600`. */
export function rangeInShort(schema: ValueSchema): string {
  const choices = choicesOf(schema) ?? (schema.type === 'array' ? choicesOf(schema.items ?? {}) : undefined);
  if (choices !== undefined) return choices.join(', ');
  return alternatives(schema)
    .map((each) => {
      const own = choicesOf(each);
      if (own !== undefined) return own.join(', ');
      if (each.type === 'boolean') return 'true, false';
      if (each.type !== 'number' && each.type !== 'integer') return kindInWords(each);
      const { least, most } = boundsOf(each);
      return `${least?.word ?? ''}${least?.value ?? ''} to ${most?.word ?? ''}${most?.value ?? ''}`;
    })
    .join(' or ');
}

/** The kinds of value, as JSON Schema names them: `integer`, `number or null`, `array`. */
export function typeInShort(schema: ValueSchema): string {
  const types = alternatives(schema).map(({ type, const: only, enum: choices }) =>
    typeof type === 'string' ? type : jsonTypeOf(only ?? choices?.[0]),
  );
  return [...new Set(types)].join(' or ');
}

function jsonTypeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

/** The value that `text` means under `schema`; undefined when it means none. Ranges are left to the schema itself. */
export function readValue(schema: ValueSchema, text: string): unknown {
  for (const alternative of alternatives(schema)) {
    const value = readOne(alternative, text);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** In a list of names, the first that is none of those it may hold. */
export function unknownChoice(
  schema: ValueSchema,
  text: string,
): { readonly given: string; readonly known: readonly string[] } | undefined {
  const known = choicesOf(schema.items ?? {})?.map(String);
  const given = text
    .split(',')
    .map((item) => item.trim())
    .find((item) => known?.includes(item) === false);
  return known === undefined || given === undefined ? undefined : { given, known };
}

function readOne(schema: ValueSchema, text: string): unknown {
  const choices = choicesOf(schema);
  if (choices !== undefined) return choices.find((choice) => String(choice) === text);
  switch (schema.type) {
    case 'number':
    case 'integer': {
      const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
      return schema.type === 'integer' && !Number.isInteger(value) ? undefined : value;
    }
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'null':
      return text === 'null' ? null : undefined;
    case 'array': {
      const items =
        text === '' ? [] : text.split(',').map((item) => readValue(schema.items ?? {}, item.trim()));
      return items.includes(undefined) ? undefined : items;
    }
    case undefined:
    default:
      return text;
  }
}

function kindInWords(schema: ValueSchema): string {
  const choices = choicesOf(schema);
  if (choices !== undefined) return choices.join(' or ');
  switch (schema.type) {
    case 'number':
      return `a number${of(schema)}${range(schema)}`;
    case 'integer':
      return `a whole number${of(schema)}${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return `a list with commas between, each ${expectation(schema.items ?? {})}`;
    case undefined:
    default:
      return 'text';
  }
}

function of({ unit }: ValueSchema): string {
  return unit === undefined ? '' : ` of ${unit}`;
}

function range(schema: ValueSchema): string {
  const { least, most } = boundsOf(schema);
  if (least?.word === '' && most?.word === '') return ` from ${least.value} to ${most.value}`;
  const bounds = [
    least !== undefined && `${least.word === '' ? 'at least' : 'greater than'} ${least.value}`,
    most !== undefined && `${most.word === '' ? 'at most' : 'less than'} ${most.value}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

/** Where a range ends; with a word in front where the end is not in it. */
interface Bound {
  readonly word: '' | 'above ' | 'below ';
  readonly value: number;
}

function boundsOf(schema: ValueSchema): {
  readonly least: Bound | undefined;
  readonly most: Bound | undefined;
} {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  // zod bounds every whole number by what a double holds exactly, which is no news to anyone.
  const from = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const to = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const bound = (value: number | undefined, word: Bound['word']): Bound | undefined =>
    value === undefined ? undefined : { word, value };
  return {
    least: bound(from, '') ?? bound(above, 'above '),
    most: bound(to, '') ?? bound(below, 'below '),
  };
}

function choicesOf(schema: ValueSchema): readonly unknown[] | undefined {
  return schema.enum ?? ('const' in schema ? [schema.const] : undefined);
}

/** A schema with several types, or several schemas, as one each. */
function alternatives(schema: ValueSchema): readonly ValueSchema[] {
  const { anyOf, type, unit } = schema;
  if (anyOf !== undefined) {
    return anyOf.flatMap((each) => alternatives(unit === undefined ? each : { ...each, unit }));
  }
  return typeof type === 'object' ? type.map((each) => ({ ...schema, type: each })) : [schema];
}
