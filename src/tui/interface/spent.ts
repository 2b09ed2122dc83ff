/** The time that was spent on a run: by all processes that worked on it one after the other, without pauses. */

import { isBeside } from '../../run/artefacts/events.ts';
import type { LoggedEvent } from '../../run/artefacts/events.ts';

export interface Spent {
  /** Milliseconds, of what is over. */
  readonly before: number;
  /** Since when it is worked on; undefined while it is not. */
  readonly since: number | undefined;
}

const ends: ReadonlySet<string> = new Set(['paused', 'result', 'stopped', 'failed', 'crashed']);

/** @param isWorkedOn whether a process works on it now: one that died has not said so */
export function spentIn(events: readonly LoggedEvent[], isWorkedOn: boolean): Spent {
  let before = 0;
  let since: number | undefined;
  let last = 0;
  let beside = false;
  const end = (at: number) => {
    if (since !== undefined) before += Math.max(0, at - since);
    since = undefined;
  };
  for (const event of events) {
    const at = Date.parse(event.at);
    if (event.kind === 'begun') {
      // The process before it died, and did nothing after what it said last.
      end(last);
      beside = isBeside(event);
      if (!beside) since = at;
    } else if (!beside) {
      if (ends.has(event.kind)) end(at);
      // The oldest events of a long run are not kept.
      else if (event.kind === 'resumed' || event === events[0]) since ??= at;
    }
    if (!beside) last = at;
  }
  if (!isWorkedOn) end(last);
  return { before, since };
}

/** Milliseconds, at `now`. */
export function spentAt({ before, since }: Spent, now: number): number {
  return before + (since === undefined ? 0 : Math.max(0, now - since));
}
