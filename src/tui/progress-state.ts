/**
 * What a progress view shows, as a pure function of the events so far. Views only render it.
 *
 * A result or a failure ends the current stage, and a new stage may follow, so several jobs can share one view.
 */

import type { JobEvent } from '../run/events.ts';
import { addSample } from '../run/pace.ts';
import type { Sample } from '../run/pace.ts';

export type StageStatus = 'current' | 'done' | 'failed' | 'stopped';

export interface StageProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly note?: string;
  readonly samples: readonly Sample[];
  /** Whether it is told by figures, as the steps of a search or a training are. */
  readonly isOfSteps?: boolean;
  /** What is measured between two steps, while it is. */
  readonly measured?: { readonly done: number; readonly total: number; readonly unit: string };
}

export interface StageState {
  readonly id: string;
  readonly title: string;
  readonly status: StageStatus;
  /** Milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly progress?: StageProgress;
}

export interface ProgressState {
  /** The last ones, so that a run of days needs no more memory than one of minutes. */
  readonly stages: readonly StageState[];
  /** How many stages were before those. */
  readonly earlier: number;
}

export const noProgress: ProgressState = { stages: [], earlier: 0 };

const stagesKept = 100;

/** The state after `event`, which came at `now`. */
export function reduceProgress(state: ProgressState, event: JobEvent, now: number): ProgressState {
  switch (event.kind) {
    case 'stage': {
      const current = currentStage(state);
      if (current?.id === event.stage) {
        // Another part of the same stage, whose progress is not known yet.
        const { id, status, startedAt } = current;
        return withCurrent(state, { id, title: event.title, status, startedAt });
      }
      const { stages, earlier } = endStage(state, 'done', now);
      const next: StageState = { id: event.stage, title: event.title, status: 'current', startedAt: now };
      const kept = [...stages, next].slice(-stagesKept);
      return { stages: kept, earlier: earlier + stages.length + 1 - kept.length };
    }
    case 'progress': {
      const current = currentStage(state);
      if (current === undefined) return state;
      const { done, total, unit, note, figures } = event;
      if (figures === undefined && current.progress?.isOfSteps === true) {
        // How far the steps are stays to be seen.
        return withCurrent(state, {
          ...current,
          progress: { ...current.progress, measured: { done, total, unit } },
        });
      }
      const earlier = current.progress?.unit === unit ? current.progress.samples : [];
      const samples = addSample(earlier, { time: now, done });
      const progress = {
        done,
        total,
        unit,
        samples,
        ...(note !== undefined && { note }),
        ...(figures !== undefined && { isOfSteps: true }),
      };
      return withCurrent(state, { ...current, progress });
    }
    case 'check':
    case 'note':
      // Views write it once, and it is the terminal's to keep.
      return state;
    case 'result':
      return endStage(state, 'done', now);
    case 'failed':
    default:
      return endStage(state, event.error.code === 'interrupted' ? 'stopped' : 'failed', now);
  }
}

/** The state after a pause in which the process did not run: how fast it was before says nothing about now. */
export function afterPause(state: ProgressState): ProgressState {
  const current = currentStage(state);
  if (current?.progress === undefined) return state;
  return withCurrent(state, { ...current, progress: { ...current.progress, samples: [] } });
}

/** The stage that is under way, if any. */
export function currentStage(state: ProgressState): StageState | undefined {
  const last = state.stages.at(-1);
  return last?.status === 'current' ? last : undefined;
}

export function endStage(state: ProgressState, status: StageStatus, now: number): ProgressState {
  const current = currentStage(state);
  return current === undefined ? state : withCurrent(state, { ...current, status, endedAt: now });
}

function withCurrent(state: ProgressState, stage: StageState): ProgressState {
  return { ...state, stages: [...state.stages.slice(0, -1), stage] };
}
