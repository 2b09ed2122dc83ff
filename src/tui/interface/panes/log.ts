/** What happened to a run, a line an event of note, the newest last. */

import type { LoggedEvent } from '../../../run/artefacts/events.ts';
import { marks } from '../../glyphs.ts';
import { span } from '../../theme.ts';
import type { Meaning, Talk } from '../../theme.ts';
import type { ShownRun } from '../shown-run.ts';

/** As many as somebody scrolls back through. */
const linesKept = 500;
const notable = new WeakMap<readonly LoggedEvent[], readonly Talk[]>();

/** @param events those of the run, or some of them */
export function logLines({
  events,
  damage,
}: Pick<ShownRun['watched'], 'events' | 'damage'>): readonly Talk[] {
  // Most events are of progress, and a long run has many: they are gone through once, and not at every frame.
  const lines = notable.get(events) ?? notableIn(events);
  notable.set(events, lines);
  if (lines.length === 0 && damage.length === 0) return [span('quiet', 'Nothing has happened yet.')];
  return [...lines, ...damage.map((text) => span('warning', `${marks.note} ${text}`))];
}

function notableIn(events: readonly LoggedEvent[]): readonly Talk[] {
  const lines: Talk[] = [];
  for (let i = events.length - 1; i >= 0 && lines.length < linesKept; i--) {
    const event = events[i];
    const said = event === undefined ? undefined : saidOf(event);
    if (event === undefined || said === undefined) continue;
    // A pause writes a checkpoint and a stop another, of the same steps: the last is the one that is there.
    const times = event.kind === 'checkpoint' ? sameCheckpoints(events, i) : { count: 1, first: i };
    lines.push([span('quiet', `${clock(event.at)} `), said, times.count > 1 ? `, ${times.count} times` : '']);
    i = times.first;
  }
  return lines.reverse();
}

/** How many checkpoints of the name of that at `last` came one after the other, with nothing of note between them. */
function sameCheckpoints(
  events: readonly LoggedEvent[],
  last: number,
): { readonly count: number; readonly first: number } {
  const name = nameOfCheckpoint(events[last]);
  let [count, first] = [1, last];
  for (let i = last - 1; i >= 0; i--) {
    const event = events[i];
    if (event === undefined || (event.kind !== 'checkpoint' && saidOf(event) !== undefined)) break;
    if (event.kind !== 'checkpoint') continue;
    if (nameOfCheckpoint(event) !== name) break;
    count++;
    first = i;
  }
  return { count, first };
}

function nameOfCheckpoint(event: LoggedEvent | undefined): string | undefined {
  return event?.kind === 'checkpoint' ? `${event.name} ${event.best}` : undefined;
}

/** What an event says to people; undefined for those that other panes show. */
export function saidOf(event: LoggedEvent): Talk | undefined {
  const of = (meaning: Meaning, mark: string, text: string): Talk => [span(meaning, mark), ` ${text}`];
  switch (event.kind) {
    case 'begun':
      return of('current', marks.current, begunText(event));
    case 'stage':
      return of('current', marks.current, event.title);
    case 'note':
      return of('quiet', marks.note, event.text);
    case 'checkpoint':
      return of('quiet', marks.note, `checkpoint ${event.name}${event.best ? ', the best so far' : ''}`);
    case 'paused':
      return of('warning', marks.paused, 'paused');
    case 'resumed':
      return of('current', marks.current, 'goes on after the pause');
    case 'answer':
      return event.outcome === 'done'
        ? undefined
        : of('failed', marks.failed, `${event.command}: ${event.note ?? event.outcome}`);
    case 'stopped':
      return of('warning', marks.stopped, event.reason);
    case 'failed':
      return of('failed', marks.failed, event.error.message);
    case 'crashed':
      return of('failed', marks.failed, event.reason);
    case 'result':
      return of('done', marks.done, event.job === undefined ? 'done' : `${event.job} done`);
    case 'check':
    case 'progress':
    default:
      return undefined;
  }
}

/** Who works on it from now on. A run has one first event, and is resumed from then on. */
function begunText({ seq, stage, pid, host }: Extract<LoggedEvent, { readonly kind: 'begun' }>): string {
  const by = `by process ${pid} on ${host}`;
  if (stage !== 'search' && stage !== 'train') return `${stage} ${by}`;
  return seq === 0 ? `begun ${by}` : `resumed ${by}`;
}

function clock(at: string): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((each) => String(each).padStart(2, '0'))
    .join(':');
}
