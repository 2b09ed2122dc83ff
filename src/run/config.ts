/** The configuration in a run.json, read back: a person may have edited it. */
import type { z } from 'zod';
import { NascentError } from '../errors.ts';

/** @throws NascentError 'run/damaged' naming the field */
export function parseRecorded<S extends z.ZodType>(schema: S, config: unknown, path: string): z.output<S> {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = ['config', ...(issue?.path ?? [])].join('.');
  throw new NascentError('run/damaged', `${path}/run.json: ${field}: ${issue?.message ?? 'is not right'}`, {
    help: 'Mend the field, restore the file from a copy, or start a new run.',
  });
}
