/**
 * The one loop of everything that learns: take up, step, report, checkpoint, pause, stop, measure, end the epoch, go back.
 *
 * A search and a training give it a `Plan`: what a step does, what is measured, what an epoch's end does. All that they
 * depend on is in the checkpoint, so a run that was stopped at any report, measuring included, resumes as if it had not
 * been: "all steps of the epoch taken, not yet measured" is a state like any other.
 */
import { z } from 'zod';
import type { Graph } from '../graph/types.ts';
import { signalControl, type Control } from '../run/control.ts';
import type { Run } from '../run/directory.ts';
import type { Figures } from '../run/events.ts';
import type { Json } from '../run/record.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Store } from '../runtime/runtime.ts';
import { requireFiniteState } from './divergence.ts';
import { saveState } from './state.ts';
import { takeUp } from './take-up.ts';

/** How far the whole is, for a progress bar. */
export interface Reported {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly note: string;
  readonly figures: Figures;
}

/** How an epoch ended. */
export type EpochEnd =
  | { readonly kind: 'well'; readonly best?: boolean; readonly finished?: boolean }
  /** What was measured is not finite. */
  | { readonly kind: 'diverged'; readonly what: string };

/** What an epoch is made of, with no run folder about it: enough to carry it out, or to measure how long it takes. */
export interface Steps<M> {
  /** Whether all steps of an epoch have been taken. */
  taken(epoch: number): boolean;
  /** Takes a step. Returns what became of loss and gradient where they are not finite. */
  step(epoch: number): Promise<string | undefined>;
  progress(epoch: number): Reported;
  /** Measures after an epoch. @throws the signal's reason when stopped */
  measure(epoch: number, signal: AbortSignal): Promise<M>;
}

export interface Plan<M> extends Steps<M> {
  readonly epochs: number;
  /** Graphs that between them have all the state that outlives a step. */
  readonly graphs: readonly Graph[];
  /** What a checkpoint says beside tensors, epoch and time. */
  readonly schema: z.ZodType<Json>;
  state(): Json;
  restore(state: Json): void;
  /** Once, after a checkpoint was taken up or none was there. `seconds` is the time spent on the run so far. */
  begin(seconds: () => number): Promise<void>;
  /** Logs an epoch. */
  ended(epoch: number, measured: M): Promise<EpochEnd>;
  /**
   * After a step or a measurement that was not finite: puts everything back to where the returned epoch begins.
   *
   * @throws NascentError 'train/diverged' where there is no way back
   */
  recover(epoch: number, what: string): Promise<number>;
}

export interface Session {
  readonly run: Run;
  readonly store: Store;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** What other processes may ask of the run (default: nothing, only `signal` stops it). */
  readonly control?: Control | undefined;
  /** Between checkpoints within an epoch. Default 60. */
  readonly checkpointSeconds?: number | undefined;
}

/**
 * Carries out a plan from its last checkpoint, or from the beginning.
 *
 * @returns the seconds that the run has taken in all
 * @throws the signal's reason when stopped, after writing a checkpoint; what the plan throws; NascentError 'run/damaged'
 *   where the checkpoint is of something else
 */
export async function learn<M>(
  plan: Plan<M>,
  { run, store, reporter, signal, control = signalControl(signal), checkpointSeconds = 60 }: Session,
): Promise<number> {
  const schema = z.strictObject({
    epoch: z.int().nonnegative(),
    seconds: z.number().nonnegative(),
    plan: plan.schema,
  });
  const position = takeUp(run, store, plan.graphs, schema, reporter);
  if (position !== undefined) plan.restore(position.plan);
  const started = performance.now();
  const seconds = () =>
    (position?.seconds ?? 0) + (performance.now() - started) / 1000 - control.pausedSeconds;
  let epoch = position?.epoch ?? 0;
  let lastCheckpoint = seconds();
  const save = async (best = false): Promise<void> => {
    const meta = { epoch, seconds: seconds(), plan: plan.state() };
    const content = await saveState(store, meta);
    requireFiniteState(content, run, epoch);
    await run.writeCheckpoint(`epoch-${epoch}`, content, { best });
    lastCheckpoint = seconds();
  };
  /** The epoch's steps, from wherever it stands. Returns what is not finite. */
  const takeSteps = async (): Promise<string | undefined> => {
    while (!plan.taken(epoch)) {
      await control.turn(save);
      const trouble = await plan.step(epoch);
      if (trouble !== undefined) return trouble;
      const { done, total, unit, note, figures } = plan.progress(epoch);
      reporter.progress(done, total, unit, note, figures);
      if (!plan.taken(epoch) && seconds() - lastCheckpoint > checkpointSeconds) await save();
    }
    return undefined;
  };
  const measured = async (): Promise<M> => {
    // What was asked during the last step is heard while all steps are taken and nothing is measured.
    await control.turn(save);
    try {
      return await plan.measure(epoch, signal);
    } catch (error) {
      if (signal.aborted) await save();
      throw error;
    }
  };

  await plan.begin(seconds);
  while (epoch < plan.epochs) {
    const trouble = await takeSteps();
    const end: EpochEnd =
      trouble === undefined ? await plan.ended(epoch, await measured()) : { kind: 'diverged', what: trouble };
    if (end.kind === 'diverged') {
      epoch = await plan.recover(epoch, end.what);
      await save();
      continue;
    }
    // Of what has finished early nothing is left to do, and a resumed run should find it so.
    epoch = end.finished === true ? plan.epochs : epoch + 1;
    await save(end.best);
  }
  return seconds();
}
