/** How every view begins the line of a stage, and of a note. */

import { marks } from './glyphs.ts';
import type { StageStatus } from './progress-state.ts';
import { span } from './theme.ts';
import type { Meaning, Talk } from './theme.ts';

const meanings: { readonly [S in StageStatus]: Meaning } = {
  current: 'current',
  done: 'done',
  failed: 'failed',
  stopped: 'warning',
};

/** The mark of a status and a space. */
export function marked(status: StageStatus): Talk {
  return [span(meanings[status], marks[status]), ' '];
}

export function noteLine(text: string): Talk {
  // Further lines of what is noted, which may be of a file, begin as none of ours do.
  return span('quiet', `${marks.note} ${text.replaceAll(/\n(?=\S)/g, '\n  ')}`);
}
