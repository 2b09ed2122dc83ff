/**
 * Progress as lines, for logs, pipes and screen readers: one when a stage begins, one when it ends, and how far it is at
 * most every ten seconds. Nothing is drawn over, and each line names its stage, so that lines can be searched for.
 */

import type { JobEvent } from '../run/events.ts';
import { formatDuration } from '../run/duration.ts';
import { marked, noteLine } from './marked.ts';
import { currentStage } from './progress-state.ts';
import type { ProgressState, StageState } from './progress-state.ts';
import { progressText } from './progress-text.ts';
import type { Talk } from './theme.ts';

const progressEveryMs = 10_000;

export interface PlainProgress {
  /** The lines for the step from one state to the next. */
  step(before: ProgressState, after: ProgressState, event: JobEvent | undefined, now: number): Talk[];
}

export function plainProgress(): PlainProgress {
  let lastLine = 0;
  return {
    step(before, after, event, now) {
      const lines: Talk[] = [];
      const was = currentStage(before);
      const is = currentStage(after);
      const began = is !== undefined && stageCount(after) > stageCount(before);
      const ended = was === undefined ? undefined : after.stages.at(began ? -2 : -1);
      if (ended !== undefined && ended.status !== 'current') lines.push(endLine(ended));
      if (began) {
        lines.push([marked('current'), is.title]);
        lastLine = now;
      }
      if (event?.kind === 'note') lines.push(noteLine(event.text));
      if (event?.kind === 'progress' && is?.progress !== undefined && now - lastLine >= progressEveryMs) {
        const { percent, count, rate, left } = progressText(is.progress, now);
        const parts = [percent?.trim(), count, rate, left, is.progress.note];
        lines.push(`  ${is.title}: ${parts.filter((part) => part !== undefined).join(', ')}`);
        lastLine = now;
      }
      return lines;
    },
  };
}

function stageCount({ stages, earlier }: ProgressState): number {
  return earlier + stages.length;
}

function endLine(stage: StageState): Talk {
  const time = formatDuration((stage.endedAt ?? stage.startedAt) - stage.startedAt);
  return [marked(stage.status), `${stage.title} ${time}`];
}
