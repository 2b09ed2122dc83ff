/** What a person is told where data cannot be had. */
import { NascentError } from '../../src/errors.ts';

/** The NascentError that `work` fails with. */
export async function refusal(work: Promise<unknown>): Promise<NascentError> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof NascentError)) throw error;
  return error;
}
