/**
 * run.json: what a run is and where it stands.
 *
 * The file is the truth that the command line, the progress view and the report read, so everything that decided the
 * run is in it as resolved: configuration, seed, engine and versions. It is checked on every read, because a person
 * may have edited it.
 */

import { z } from 'zod';

import { NascentError } from '../errors.ts';

export const runKinds = ['search', 'train'] as const;
export type RunKind = (typeof runKinds)[number];

/** `crashed` is written by the parent of the process that died; where that died too, `running` is what is left. */
export const runStatuses = ['created', 'running', 'paused', 'stopped', 'done', 'failed', 'crashed'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** Marks the file as ours, so that another tool's run.json is not taken for one. */
export const runFormat = 'nascent-run';
export const runVersion = 1;

export const runRecordSchema = z.strictObject({
  format: z.literal(runFormat),
  version: z.literal(runVersion),
  kind: z.enum(runKinds),
  status: z.enum(runStatuses),
  /** The stage it is in, in the words of the job; null before the first. */
  stage: z.string().nullable(),
  config: z.record(z.string(), z.json()),
  seed: z.int().nonnegative(),
  engine: z.string().min(1),
  /** Program or library → version. */
  versions: z.record(z.string(), z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Why it stopped; only with status `stopped`, `failed` or `crashed`. */
  reason: z.string().optional(),
});

/** Any value that survives JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What run.json holds. */
export type RunRecord = Readonly<Omit<z.infer<typeof runRecordSchema>, 'config'>> & {
  readonly config: Readonly<Record<string, Json>>;
};

/**
 * The record in the text of a run.json.
 *
 * @param where the file's path, for messages
 * @throws NascentError `run/damaged` naming the field, `run/not-a-run` when it is some other tool's file
 */
export function parseRunRecord(text: string, where: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NascentError('run/damaged', `${where} is not JSON: ${(cause as Error).message}`, {
      help: 'Restore the file from a copy, or start a new run in another folder.',
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || !('format' in value)) {
    throw new NascentError('run/not-a-run', `${where} was not written by Nascent: it has no field "format"`, {
      help: `Give the folder of a run, whose run.json has "format": "${runFormat}".`,
    });
  }
  if ('version' in value && typeof value.version === 'number' && value.version > runVersion) {
    throw new NascentError(
      'run/damaged',
      `${where} was written by a later version of Nascent: its format is ${value.version}, and ${runVersion} is known here`,
      { help: 'Update Nascent.' },
    );
  }
  const parsed = runRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new NascentError(
    'run/damaged',
    `${where} is damaged${field === '' ? '' : `: field "${field}"`}: ${issue?.message ?? 'unreadable'}`,
    {
      help: 'Correct the field by hand, restore the file from a copy, or start a new run in another folder.',
    },
  );
}
