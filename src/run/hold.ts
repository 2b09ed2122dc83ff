/** Working on a run: the lease held, the status true, whatever happens. */
import { NascentError } from '../errors.ts';
import type { Run } from './directory.ts';

/**
 * Runs `body` as the one process that works on `run`. The status is `running` meanwhile; then `done`, or `stopped` or
 * `failed` with the reason. The signal that `body` gets is aborted when `signal` is, or when the lease is lost.
 *
 * @throws NascentError 'run/busy' where another process works on it; what `body` throws
 */
export async function holdRun<T>(
  run: Run,
  stage: string,
  signal: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lease = run.acquireLease();
  const either = AbortSignal.any([signal, lease.lost]);
  try {
    await run.update({ status: 'running', stage });
    const value = await body(either);
    await run.update({ status: 'done', stage });
    return value;
  } catch (error) {
    // With the lease lost, the run's files are another process's.
    if (!lease.lost.aborted) {
      const stopped = signal.aborted;
      await run.update({ status: stopped ? 'stopped' : 'failed', stage, reason: reasonOf(error) });
    }
    throw error;
  } finally {
    lease.release();
    run.close();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NascentError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
