/** Frames of a watched run in which something new happens between any two. */

import { beginning, told } from '../../../src/tui/interface/interface.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import { watchScreen, watchState } from '../../../src/tui/interface/watch/watch.ts';
import { fullScreenOn } from '../../../src/tui/full-screen.ts';
import { loadProductionReact } from '../../../src/tui/production-react.ts';
import { watchedRun } from '../../support/watched.ts';

const path = '/runs/search-1';

/** Draws the frame of a number, at 120×40. */
export async function interfaceFrames(): Promise<(frame: number) => void> {
  loadProductionReact();
  const { interfaceLines } = await import('../../../src/tui/interface/views.tsx');
  const stream = { columns: 120, rows: 40, write: () => true };
  const screen = fullScreenOn(stream);
  screen.enter();
  const base = watchedRun({ path });
  const look = { colour: true, ascii: false };
  let state = beginning(screenOf(watchScreen, watchState(path)));
  return (frame) => {
    const at = new Date(Date.parse(base.events.at(-1)?.at ?? '') + 250 * frame).toISOString();
    const note = { v: 1, seq: 1_000 + frame, at, kind: 'note', text: `note ${frame}` } as const;
    state = told(state, { kind: 'watched', watched: { ...base, events: [...base.events, note] } });
    screen.draw(interfaceLines(state, { columns: 120, rows: 40, look, now: Date.parse(at) }));
  };
}
