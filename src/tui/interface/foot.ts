/** The foot of every screen: what is asked or was said last and, always, the keys that act now. */

import { cleanLine } from '../clean.ts';
import { wrap } from '../columns.ts';
import { marks } from '../glyphs.ts';
import { span } from '../theme.ts';
import type { Meaning, Talk } from '../theme.ts';
import { widthOfTalk } from '../width.ts';
import type { Frame } from './frame.ts';
import { mostHelpScrolled } from './help.ts';
import { topOf } from './interface.ts';
import type { InterfaceState } from './interface.ts';

/** What is said takes at most so many lines; of a small terminal a quarter. */
const mostLines = 4;

export function footLines(state: InterfaceState, frame: Pick<Frame, 'columns' | 'rows'>): readonly Talk[] {
  const { question, said, help } = state;
  if (question !== undefined) {
    const keys = [hint('y', 'yes'), '  ', hint('any other key', 'no')];
    return [...saidLines('warning', question.text, frame), keys];
  }
  const keys = help ? helpKeys(state, frame) : screenKeys(state, frame.columns);
  if (said === undefined) return [keys];
  const lines = said.bad
    ? saidLines('failed', `${marks.failed} ${said.text}`, frame)
    : saidLines('current', said.text, frame);
  return [...lines, keys];
}

function saidLines(
  meaning: Meaning,
  text: string,
  { columns, rows }: Pick<Frame, 'columns' | 'rows'>,
): readonly Talk[] {
  const lines = wrap(cleanLine(text), columns);
  const most = Math.max(1, Math.min(mostLines, Math.floor(rows / 4)));
  // What is too long for them ends with an ellipsis, where its line is cut.
  const kept = lines.length <= most ? lines : [...lines.slice(0, most - 1), lines.slice(most - 1).join(' ')];
  return kept.map((line) => span(meaning, line));
}

function helpKeys(state: InterfaceState, frame: Pick<Frame, 'columns' | 'rows'>): Talk {
  if (mostHelpScrolled(topOf(state), frame) === 0) return hint('any key', 'back');
  return [hint('↑↓', 'scroll'), '  ', hint('any other key', 'back')];
}

/** What cannot be done now is not offered; the help has it. */
function screenKeys(state: InterfaceState, columns: number): Talk {
  const hints = topOf(state).keys.flatMap(({ keys, shown, label, blocked }) =>
    label === undefined || blocked !== undefined
      ? []
      : [{ isWayOut: keys.includes('q'), talk: hint(shown, label) }],
  );
  const help = hint('?', 'help');
  // The way out and what helps are always there; the others as there is room.
  const always = [...hints.flatMap(({ isWayOut, talk }) => (isWayOut ? [talk] : [])), help];
  let left = columns - always.reduce((sum, talk) => sum + 2 + widthOfTalk(talk), 0);
  const kept = hints.filter(({ isWayOut, talk }) => {
    if (isWayOut) return true;
    const width = 2 + widthOfTalk(talk);
    if (width > left) return false;
    left -= width;
    return true;
  });
  return [...kept.map(({ talk }) => [talk, '  ']), help];
}

function hint(keys: string, label: string): Talk {
  return [span('strong', keys), ' ', span('quiet', label)];
}
