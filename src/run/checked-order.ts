/** What a program asks for, held to its schema: a slip is a user's mistake, and told as one. */
import type { z } from 'zod';
import { didYouMean, NascentError } from '../errors.ts';

/**
 * The order with every default filled in.
 *
 * @param what who was given it: `runModel`
 * @throws NascentError 'input/invalid' with the field, what it was given, and what it takes
 */
export function checkedOrder<T extends z.ZodObject>(schema: T, order: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(order);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const names = Object.keys(schema.shape);
  const takes = `It takes ${names.join(', ')}.`;
  if (issue === undefined || issue.path.length === 0) {
    const [extra] = issue?.code === 'unrecognized_keys' ? issue.keys : [];
    if (extra === undefined) {
      throw new NascentError('input/invalid', `${what} was given ${shown(order)}, which is no order`, {
        help: `Give an object. ${takes}`,
      });
    }
    const close = didYouMean(extra, names);
    throw new NascentError('input/invalid', `${what} was given "${extra}", which it does not know`, {
      help: close === undefined ? takes : `Did you mean "${close}"? ${takes}`,
    });
  }
  const field = issue.path.join('.');
  const value = issue.path.reduce<unknown>(within, order);
  if (value === undefined) {
    throw new NascentError('input/invalid', `${what} was not given "${field}"`, { help: takes });
  }
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : undefined;
  const close =
    choices === undefined ? undefined : didYouMean(typeof value === 'string' ? value : '', choices);
  throw new NascentError('input/invalid', `${what} was given ${shown(value)} as "${field}"`, {
    help:
      choices === undefined
        ? `${issue.message.replace(/^(Invalid input|Too \w+): /, '').replace(/^e/, 'E')}.`
        : `${close === undefined ? '' : `Did you mean "${close}"? `}There are ${choices.join(', ')}.`,
  });
}

function within(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<PropertyKey, unknown>>)[key]
    : undefined;
}

/** As a message has it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (value instanceof Uint8Array) return 'bytes';
  return value !== null && typeof value === 'object'
    ? Array.isArray(value)
      ? 'a list'
      : 'an object'
    : String(value);
}
