/** Errors across processes: the same class, code, message and help on both sides. */

import { exitCodes, NascentError } from '../errors.ts';
import type { JobFailure } from './events.ts';

export function failureOf(error: unknown): JobFailure {
  const thrown = error instanceof Error ? error : new Error(`internal: thrown: ${String(error)}`);
  return {
    message: thrown.message,
    ...(thrown.stack !== undefined && { stack: withCauses(thrown) }),
    ...(thrown instanceof NascentError
      ? { code: thrown.code, help: thrown.help, exitCode: thrown.exitCode }
      : { exitCode: exitCodes.failed }),
  };
}

export function errorOf(failure: JobFailure): Error {
  const error =
    failure.code === undefined
      ? new Error(failure.message)
      : new NascentError(failure.code, failure.message, { help: failure.help ?? '' });
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

/** What was asked to stop, did. A job that can say how to resume it throws an error of its own instead. */
export function interrupted(): NascentError {
  return new NascentError('interrupted', 'interrupted', {
    help: 'Nothing is left half-written. Run the same command again to resume.',
  });
}

/** The stack of an error and of what caused it, as `--verbose` shows it. */
export function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${withCauses(error.cause)}` : own;
}
