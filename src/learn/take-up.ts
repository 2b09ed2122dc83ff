/** Where a run was when its last checkpoint was written. */
import type { z } from 'zod';
import type { Graph } from '../graph/types.ts';
import type { Run } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Store } from '../runtime/runtime.ts';
import { readMeta, requireState, restoreState } from './state.ts';

/**
 * Puts a run back to its latest whole checkpoint, store and logs, or its logs to nothing where there is none yet.
 *
 * @param graphs every graph that runs on the store
 * @param schema of what the checkpoint says beside its tensors
 * @returns that, checked; undefined for a run that begins
 * @throws NascentError 'run/damaged' where the checkpoint is not of this run
 */
export function takeUp<S extends z.ZodType>(
  run: Run,
  store: Store,
  graphs: readonly Graph[],
  schema: S,
  reporter: Reporter,
): z.output<S> | undefined {
  const checkpoint = run.latestCheckpoint();
  if (checkpoint === undefined) {
    run.rewindTo(undefined);
    return undefined;
  }
  for (const { message } of checkpoint.damaged) reporter.note(`passed over a damaged checkpoint: ${message}`);
  requireState(checkpoint, graphs);
  const position = readMeta(schema, checkpoint);
  restoreState(store, checkpoint.tensors);
  run.rewindTo(checkpoint);
  return position;
}
