/** A schema that depends on the value: settings by the data that they are for, an order by what it names. */
import { z } from 'zod';

/** @param choose the schema of a value, which may be anything at all */
export function schemaBy<T>(choose: (value: unknown) => z.ZodType<T>): z.ZodType<T, T> {
  const schema = z.unknown().transform((value, context) => {
    const parsed = choose(value).safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.issues.push({ code: 'custom', input: value, path: [...path], message });
    }
    return z.NEVER;
  });
  // What it takes is checked when it is taken.
  return schema as unknown as z.ZodType<T, T>;
}
