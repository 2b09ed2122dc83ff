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
}

/** Such as `a whole number from 1 to 600`. */
export function expectation(schema: ValueSchema): string {
  const choices = choicesOf(schema);
  if (choices !== undefined)
    return choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`;
  return alternatives(schema).map(kindInWords).join(' or ');
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
      return `a number${range(schema)}`;
    case 'integer':
      return `a whole number${range(schema)}`;
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

function range(schema: ValueSchema): string {
  // zod bounds every whole number by what a double holds exactly, which is no news to anyone.
  const minimum = schema.minimum === Number.MIN_SAFE_INTEGER ? undefined : schema.minimum;
  const maximum = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const bounds = [
    minimum !== undefined && `at least ${minimum}`,
    schema.exclusiveMinimum !== undefined && `greater than ${schema.exclusiveMinimum}`,
    maximum !== undefined && `at most ${maximum}`,
    schema.exclusiveMaximum !== undefined && `less than ${schema.exclusiveMaximum}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

function choicesOf(schema: ValueSchema): readonly unknown[] | undefined {
  return schema.enum ?? ('const' in schema ? [schema.const] : undefined);
}

/** A schema with several types, or several schemas, as one each. */
function alternatives(schema: ValueSchema): readonly ValueSchema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(alternatives);
  const { type } = schema;
  return typeof type === 'object' ? type.map((each) => ({ ...schema, type: each })) : [schema];
}
