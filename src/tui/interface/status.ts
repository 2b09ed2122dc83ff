/** The status of a run, with a mark of its own shape for each. */

import { marks } from '../glyphs.ts';
import { span } from '../theme.ts';
import type { Meaning, Talk } from '../theme.ts';

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
