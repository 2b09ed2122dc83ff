/**
 * The configuration in a run.json, read back: a person may have edited it, or an earlier version have written it. A
 * setting that is added once runs exist has a `.default()` in its schema, which means "as it was before"; presets, being
 * whole, still say it.
 */
import type { z } from 'zod';
import { NascentError } from '../errors.ts';
import type { Run } from './directory.ts';
import type { RunKind } from './record.ts';

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

/**
 * The configuration of a run that is to be resumed.
 *
 * @throws NascentError 'run/not-a-run' where it is a run of another kind, 'run/damaged' naming the field
 */
export function recordedAs<S extends z.ZodType>(kind: RunKind, schema: S, run: Run): z.output<S> {
  const record = run.record();
  if (record.kind === kind) return parseRecorded(schema, record.config, run.path);
  const name = { search: 'search', train: 'training' } as const;
  throw new NascentError(
    'run/not-a-run',
    `${run.path} is not a ${name[kind]}: it is a ${name[record.kind]}`,
    {
      help: `Resume it: nascent ${record.kind} --resume ${run.path}`,
    },
  );
}
