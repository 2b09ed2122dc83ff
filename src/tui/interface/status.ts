/** The status of a run, with a mark of its own shape for each. */

import { marks } from '../glyphs.ts';
import { span } from '../theme.ts';
import type { Meaning, Talk } from '../theme.ts';
import type { LegendRow } from './screen.ts';

const statusMarks: Readonly<Record<string, readonly [Meaning, string]>> = {
  created: ['quiet', marks.note],
  running: ['current', marks.current],
  paused: ['warning', marks.paused],
  stopped: ['warning', marks.stopped],
  done: ['done', marks.done],
  failed: ['failed', marks.failed],
  crashed: ['failed', marks.failed],
};

export function statusTalk(status: string | undefined): Talk {
  const [meaning, mark] = statusMarks[status ?? ''] ?? ['warning', '?'];
  return span(meaning, `${mark} ${status ?? 'unreadable'}`);
}

/** What the marks of statuses mean, for the help. */
export const statusLegend: readonly LegendRow[] = [
  [marks.current, 'a process works on it'],
  [marks.paused, 'paused: its process waits, with all that it has in memory'],
  [marks.stopped, 'stopped where it can be resumed'],
  [marks.done, 'done'],
  [marks.failed, 'failed or crashed'],
];
