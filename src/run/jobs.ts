/**
 * A job: work in a process of its own, as a row of a table. The table itself is where everything may be imported,
 * `src/cli/shell/jobs.ts`; the process that starts jobs takes its types from it, and the one that runs them checks the
 * order by the row's schema and calls the row's module.
 */

import type { z } from 'zod';

import { NascentError } from '../errors.ts';
import type { Reporter } from './reporter.ts';

/**
 * Its order has been checked. When `signal` is aborted it leaves its files in order and throws the signal's reason; it
 * must let the event loop turn now and then (`setImmediate`) to learn of it.
 */
export type Job<O = never, R = unknown> = (order: O, reporter: Reporter, signal: AbortSignal) => Promise<R>;

/** @typeParam S the schema of what it is told @typeParam R what comes of it */
export interface JobRow<S extends z.ZodType, R> {
  /** Loads the schema, and little else: an order can be checked by whoever does not run it. */
  readonly order: () => Promise<S>;
  /** Loads the module, in the process that runs it: an export needs no TensorFlow. */
  readonly load: () => Promise<Job<z.output<S>, R>>;
  /** The folder of the run that it is to make or resume; undefined where it does neither: told when its process dies. */
  readonly runOf: (order: z.input<S>) => string | undefined;
}

/** A row, whose types are those of its schema and of its function. */
export function jobRow<S extends z.ZodType, R>(row: JobRow<S, R>): JobRow<S, R> {
  return row;
}

/** What the process that runs jobs needs of a table of them. */
export type JobTable = Readonly<
  Record<string, Pick<JobRow<z.ZodType, unknown>, 'order'> & { readonly load: () => Promise<Job> }>
>;

/**
 * An order as its job takes it: whole, of known fields, defaults filled in.
 *
 * @param job its name
 * @throws NascentError 'input/invalid' naming the field
 */
export function checkedOrder<S extends z.ZodType>(job: string, schema: S, order: unknown): z.output<S> {
  const parsed = schema.safeParse(order);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  const reason = issue?.message ?? 'it is not right';
  throw new NascentError(
    'input/invalid',
    `the order for the job "${job}" is wrong: ${field === '' ? reason : `field "${field}": ${reason}`}`,
    { help: field === '' ? 'Give the job another order.' : `Give the field "${field}" another value.` },
  );
}
