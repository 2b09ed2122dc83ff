/** What a run is told by the parent of its process, when that died without a word. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { openRun } from './directory.ts';
import { leaseIn } from './lease.ts';

/**
 * Writes down that the process which worked on the run in `path` has died.
 *
 * @param asked whether it was ended because somebody asked for it
 * @returns how to resume the run; undefined where the process did not work on it
 */
export async function noteDeath(
  path: string,
  pid: number | undefined,
  reason: string,
  asked: boolean,
): Promise<string | undefined> {
  try {
    if (!existsSync(join(path, 'run.json')) || leaseIn(path)?.pid !== pid) return undefined;
    const run = openRun(path);
    const lease = run.acquireLease();
    try {
      await run.update({ status: asked ? 'stopped' : 'crashed', reason });
      run.appendEvent(asked ? { kind: 'stopped', reason } : { kind: 'crashed', reason });
    } finally {
      lease.release();
      run.close();
    }
    const resume = `nascent ${run.record().kind} --resume ${path}`;
    return run.checkpoints().length > 0
      ? `Resume it from its last checkpoint: ${resume}`
      : `It had not written a checkpoint yet; begin it again: ${resume}`;
  } catch {
    // That the process died is what the user should hear of.
    return undefined;
  }
}
