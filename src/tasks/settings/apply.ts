/**
 * `--set key=value`: settings on the command line, typed by the configuration's own schema.
 *
 * The schema is read as JSON Schema, so that what a key takes, and the words for it, come from one place for any
 * zod object. Keys of nested objects are joined by dots: `optimizer.momentum=0.8`.
 */

import { z } from 'zod';

import { internal, NascentError } from '../../errors.ts';
import { expectation, readValue, unknownChoice } from './expectation.ts';
import type { ValueSchema } from './expectation.ts';
import { unknownName } from './unknown-name.ts';

/**
 * `base` with the settings laid over it, checked.
 *
 * @param base a whole configuration, such as a preset
 * @param pairs each `key=value`; of two for the same key the later one holds
 * @throws NascentError `input/unknown` naming the key and the nearest, `input/invalid` naming key, value and what was
 *   expected
 */
export function applySettings<S extends z.ZodObject>(
  schema: S,
  base: z.input<S>,
  pairs: readonly string[],
): z.output<S> {
  if (!schema.safeParse(base).success) throw internal('a preset does not fit its schema');
  const known = leaves(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ValueSchema);
  const given = new Map<string, string>();
  let settings: Tree = base;
  for (const pair of pairs) {
    const { key, text } = split(pair);
    const wanted = known.get(key);
    if (wanted === undefined) throw unknownName('setting', key, [...known.keys()]);
    const value = readValue(wanted, text);
    if (value === undefined) {
      const slip = unknownChoice(wanted, text);
      throw slip === undefined
        ? refused(key, text, expectation(wanted))
        : unknownName(key.replace(/s$/, ''), slip.given, slip.known);
    }
    settings = withValue(settings, key.split('.'), value);
    given.set(key, text);
  }
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues[0], known, given);
}

interface Tree {
  readonly [key: string]: unknown;
}

function split(pair: string): { readonly key: string; readonly text: string } {
  const at = pair.indexOf('=');
  if (at > 0) return { key: pair.slice(0, at).trim(), text: pair.slice(at + 1).trim() };
  throw new NascentError('input/invalid', `"${pair}" is not a setting`, {
    help: 'Write it as key=value, such as --set epochs=20.',
  });
}

/** The keys that take a value, in the schema's order. */
function leaves(node: ValueSchema, prefix = ''): Map<string, ValueSchema> {
  const found = new Map<string, ValueSchema>();
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    if (child.properties === undefined) found.set(prefix + name, child);
    else for (const [key, leaf] of leaves(child, `${prefix}${name}.`)) found.set(key, leaf);
  }
  return found;
}

function withValue(tree: Tree, path: readonly string[], value: unknown): Tree {
  const [name, ...rest] = path;
  if (name === undefined) return tree;
  if (rest.length === 0) return { ...tree, [name]: value };
  return { ...tree, [name]: withValue((tree[name] ?? {}) as Tree, rest, value) };
}

/** The error for what the schema refuses: a value out of its range, or two values that do not go together. */
function invalid(
  issue: z.core.$ZodIssue | undefined,
  known: ReadonlyMap<string, ValueSchema>,
  given: ReadonlyMap<string, string>,
): NascentError {
  // A list's issue is at its element.
  const key = [...given.keys()].find((each) => {
    const path = each.split('.');
    return path.every((part, index) => issue?.path[index] === part);
  });
  const wanted = known.get(key ?? '');
  const reason = issue?.message ?? 'refused';
  if (key !== undefined && wanted !== undefined) {
    return refused(key, given.get(key) ?? '', issue?.code === 'custom' ? reason : expectation(wanted));
  }
  const all = [...given].map(([name, text]) => `${name}=${text}`).join(' ');
  const field = issue?.path.join('.') ?? '';
  return new NascentError(
    'input/invalid',
    `the settings ${all} do not go together: ${field === '' ? '' : `${field}: `}${reason}`,
    { help: 'Change or leave out one of them.' },
  );
}

function refused(key: string, text: string, expected: string): NascentError {
  return new NascentError('input/invalid', `setting ${key}=${text}: expected ${expected}`, {
    help: `Give another value, or leave --set ${key} out.`,
  });
}
