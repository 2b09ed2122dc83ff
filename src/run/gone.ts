/** What is said to who looks at a run whose folder goes away. */
import { NascentError } from '../errors.ts';

/** @param what was done with it meanwhile: `watched` */
export function goneWhile(path: string, what: string, cause?: unknown): NascentError {
  return new NascentError('run/gone', `${path} was moved or deleted while it was ${what}`, {
    help: 'Give where it is now.',
    cause,
  });
}
