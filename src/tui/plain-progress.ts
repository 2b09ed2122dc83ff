/**
 * Progress as lines, for logs, pipes and screen readers: one when a stage begins, one when it ends, and how far it is at
 * most every ten seconds.
 */

import type { JobEvent } from '../run/events.ts';
import { formatDuration } from './format.ts';
import { currentStage } from './progress-state.ts';
import type { ProgressState, StageState } from './progress-state.ts';
import { progressText } from './progress-text.ts';
import { marks } from './theme.ts';

const progressEveryMs = 10_000;

export interface PlainProgress {
  /** The lines for the step from one state to the next. */
  step(before: ProgressState, after: ProgressState, event: JobEvent | undefined, now: number): string[];
}

export function plainProgress(): PlainProgress {
  let lastLine = 0;
  return {
    step(before, after, event, now) {
      const lines: string[] = [];
      const was = currentStage(before);
      const ended = was === undefined ? undefined : after.stages[before.stages.length - 1];
      if (ended !== undefined && ended.status !== 'current') lines.push(endLine(ended));
      const is = currentStage(after);
      if (is !== undefined && after.stages.length > before.stages.length) {
        lines.push(`${marks.current} ${is.title}`);
        lastLine = now;
      }
      if (event?.kind === 'note') lines.push(`${marks.note} ${event.text}`);
      if (event?.kind === 'progress' && is?.progress !== undefined && now - lastLine >= progressEveryMs) {
        const { percent, count, rate, left } = progressText(is.progress, now);
        const parts = [percent?.trim(), count, rate, left, is.progress.note];
        lines.push(`  ${parts.filter((part) => part !== undefined).join('  ')}`);
        lastLine = now;
      }
      return lines;
    },
  };
}

function endLine(stage: StageState): string {
  const time = formatDuration((stage.endedAt ?? stage.startedAt) - stage.startedAt);
  return `${marks[stage.status]} ${stage.title} ${time}`;
}
