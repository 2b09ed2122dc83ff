/** Runs in folders of their own, and the law that a resumed run is one that was never stopped. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { sha256 } from '../../src/files/files.ts';
import type { StoredCheckpoint } from '../../src/run/checkpoints.ts';
import { createRun, openRun, type Run } from '../../src/run/directory.ts';
import { interrupted } from '../../src/run/failure.ts';
import type { RunKind } from '../../src/run/record.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { temporaryFolder } from '../data/temporary.ts';

/** A run without a configuration, gone after the test. */
export async function newRun(kind: RunKind): Promise<Run> {
  return createRun(join(await temporaryFolder(), 'run'), { kind, config: {}, seed: 0, engine: 'reference' });
}

/** What is left of a run, but for times: its logs, its last state, and the best. */
export function remainsOf(run: Run) {
  const timeless = (records: readonly object[]) => records.map((record) => ({ ...record, seconds: 0 }));
  return {
    metrics: timeless(run.readMetrics()),
    alphas: timeless(run.readAlphas()),
    last: stateOf(run.latestCheckpoint()),
    best: stateOf(run.bestCheckpoint()),
  };
}

function stateOf(checkpoint: StoredCheckpoint | undefined) {
  return {
    name: checkpoint?.name,
    meta: { ...(checkpoint?.meta as object), seconds: 0 },
    // Bit for bit, and short where it differs.
    tensors: [...(checkpoint?.tensors ?? [])].map(
      ([
        name,
        {
          shape,
          data: { buffer, byteOffset, byteLength },
        },
      ]) => [name, shape, sha256(new Uint8Array(buffer, byteOffset, byteLength))],
    ),
  };
}

export interface Control {
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
}

/**
 * Stops a run at one of its reports of progress, resumes it, and expects what is left of one that is not stopped.
 *
 * @param begin begins a run, or resumes it
 * @returns the run that was not stopped
 */
export async function expectResumedAsWhole(
  kind: RunKind,
  report: number,
  begin: (run: Run, control: Control) => Promise<unknown>,
): Promise<Run> {
  const untouched = { signal: new AbortController().signal, reporter: silentReporter };
  const whole = await newRun(kind);
  await begin(whole, untouched);
  const stopping = new AbortController();
  let reports = 0;
  const reporter = {
    ...silentReporter,
    progress() {
      reports++;
      if (reports === report) stopping.abort(interrupted());
    },
  };
  const stopped = await newRun(kind);
  await expect(begin(stopped, { signal: stopping.signal, reporter })).rejects.toMatchObject({
    code: 'interrupted',
  });
  stopped.close();
  const resumed = openRun(stopped.path);
  await begin(resumed, untouched);
  expect(remainsOf(resumed)).toEqual(remainsOf(whole));
  resumed.close();
  whole.close();
  return whole;
}
