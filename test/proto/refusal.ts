/** What a person is told. */
import { NascentError } from '../../src/errors.ts';

/** The NascentError that `body` throws. */
export function refusal(body: () => unknown): NascentError {
  try {
    body();
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Runs `body`, which may throw a NascentError and nothing else. */
export function survives(body: () => unknown): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
  }
}
