/** What a program asks for, held to its schema: a slip is a user's mistake, and told as one. */
import type { z } from 'zod';
import { didYouMean, kindOfGiven, NascentError } from '../errors.ts';

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
        ? wantedBy(issue)
        : `${close === undefined ? '' : `Did you mean "${close}"? `}There are ${choices.join(', ')}.`,
  });
}

/**
 * What a function is given beside its order, or spreads into one: a number spread is nothing, and would go unseen.
 *
 * @param as what it is given as: `options`
 * @throws NascentError 'input/invalid'
 */
export function requireObject(given: unknown, who: string, as: string): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
  const kind = typeof given === 'number' ? String(given) : kindOfGiven(given);
  throw new NascentError('input/invalid', `${who} was given ${kind} as its ${as}`, {
    help: 'Give an object, or leave it out.',
  });
}

/** What a field takes, by what is wrong with what it was given. */
function wantedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small' && issue.origin === 'array') {
    return `Give at least ${String(issue.minimum)}, or leave it out.`;
  }
  return `${issue.message.replace(/^(Invalid input|Too \w+): /, '').replace(/^e/, 'E')}.`;
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
  if (Array.isArray(value) && value.length === 0) return 'an empty list';
  return value !== null && typeof value === 'object'
    ? Array.isArray(value)
      ? 'a list'
      : 'an object'
    : String(value);
}
