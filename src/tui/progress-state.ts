/**
 * What a progress view shows, as a pure function of the events so far. Views only render it.
 *
 * A result or a failure ends the current stage, and a new stage may follow, so several jobs can share one view.
 */

import type { JobEvent } from '../run/events.ts';
import { addSample } from './rate.ts';
import type { Sample } from './rate.ts';

export type StageStatus = 'current' | 'done' | 'failed' | 'stopped';

export interface StageProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly note?: string;
  readonly samples: readonly Sample[];
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
  readonly stages: readonly StageState[];
  readonly notes: readonly string[];
}

export const noProgress: ProgressState = { stages: [], notes: [] };

/** The state after `event`, which came at `now`. */
export function reduceProgress(state: ProgressState, event: JobEvent, now: number): ProgressState {
  switch (event.kind) {
    case 'stage': {
      const current = currentStage(state);
      if (current?.id === event.stage) {
        // The same stage goes on with something else, whose progress is not known yet.
        const { id, status, startedAt } = current;
        return withCurrent(state, { id, title: event.title, status, startedAt });
      }
      const { stages, notes } = endStage(state, 'done', now);
      const next: StageState = { id: event.stage, title: event.title, status: 'current', startedAt: now };
      return { stages: [...stages, next], notes };
    }
    case 'progress': {
      const current = currentStage(state);
      if (current === undefined) return state;
      const { done, total, unit, note } = event;
      const earlier = current.progress?.unit === unit ? current.progress.samples : [];
      const samples = addSample(earlier, { time: now, done });
      const progress = { done, total, unit, samples, ...(note !== undefined && { note }) };
      return withCurrent(state, { ...current, progress });
    }
    case 'note':
      return { ...state, notes: [...state.notes, event.text] };
    case 'result':
      return endStage(state, 'done', now);
    case 'failed':
    default:
      return endStage(state, event.error.code === 'interrupted' ? 'stopped' : 'failed', now);
  }
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
