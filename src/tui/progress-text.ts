/** How far a stage is, in the words that every view uses. */

import { formatDuration } from '../run/duration.ts';
import { formatCount, formatPercent, formatRate } from './format.ts';
import type { StageProgress } from './progress-state.ts';
import { rateOf, timeLeft } from '../run/pace.ts';

export interface ProgressText {
  /** Absent where the total is not known. */
  readonly percent?: string;
  readonly count: string;
  /** Absent until there is enough to tell, as is the time left. */
  readonly rate?: string;
  readonly left?: string;
}

export function progressText(progress: StageProgress, now: number): ProgressText {
  const { done, total, unit, samples, measured } = progress;
  const rate = rateOf(samples);
  const left = total > 0 && done < total ? timeLeft(samples, total, now) : undefined;
  return {
    ...(total > 0 && { percent: formatPercent(done, total) }),
    count:
      measured === undefined
        ? formatCount(done, total, unit)
        : formatCount(measured.done, measured.total, measured.unit),
    ...(rate !== undefined && { rate: formatRate(rate, unit) }),
    ...(left !== undefined && { left: `${formatDuration(left)} left` }),
  };
}

/** The parts that fit into `width`, two spaces between; the count goes first, then the rate. */
export function fittingText(text: ProgressText, width: number): string {
  const { percent, rate, left } = text;
  const choices = [[percent, text.count, rate, left], [percent, rate, left], [percent, left], [percent]].map(
    (parts) => parts.filter((part) => part !== undefined).join('  '),
  );
  return choices.find((choice) => choice.length <= width) ?? '';
}
