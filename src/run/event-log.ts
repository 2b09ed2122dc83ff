/**
 * Writes and reads events.jsonl.
 *
 * The file is bounded: once it has grown past its limit it is written anew with fewer progress lines, evenly spread
 * over its time, so that the curve of a run of days stays whole; and, where that is not enough, without its oldest
 * events. Events are the history of the run, so no checkpoint
 * cuts them back, and a line that cannot be read (of a later version, or damaged) is passed over: what happened must
 * never be why a run cannot continue.
 */

import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { diskError, temporaryBeside } from '../files/files.ts';
import { wholeText } from './whole-text.ts';
import { loggedEventSchema } from './artefacts/events.ts';
import type { LoggedEvent, RunEvent } from './artefacts/events.ts';
import { openLogWriter } from './log.ts';
import type { LogRecord } from './log.ts';

export interface EventWriter {
  append(event: RunEvent): void;
  close(): void;
}

const limitBytes = 1 << 20;
/** A longer result or note is cut: one line must not push all others out. */
const longestBytes = 1 << 16;

/** Opens an event log to append to. Only the holder of the run's lease does. */
export function openEventWriter(file: string, limit = limitBytes): EventWriter {
  let seq = (readEvents(file).at(-1)?.seq ?? -1) + 1;
  let log = openLogWriter(file);
  return {
    append(event) {
      // What is undefined in an event is left out of its JSON.
      log.append({ v: 1, seq, at: new Date().toISOString(), ...shortened(event) } as LogRecord);
      seq++;
      if (log.length <= limit) return;
      log.close();
      compact(file, limit / 2);
      log = openLogWriter(file);
    },
    close() {
      log.close();
    },
  };
}

/** The events of a run, oldest first; empty when there are none. */
export function readEvents(file: string): readonly LoggedEvent[] {
  if (!existsSync(file)) return [];
  return wholeText(file).split('\n').flatMap(eventIn);
}

function eventIn(line: string): readonly LoggedEvent[] {
  try {
    const parsed = loggedEventSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

/** Writes the log anew, at most `bytes` long. */
function compact(file: string, bytes: number): void {
  const events = readEvents(file);
  let spans = events.length;
  let kept: readonly LoggedEvent[] = events;
  do {
    spans = Math.floor(spans / 2);
    kept = thinned(events, spans);
  } while (sizeOf(kept) > bytes && spans > 0);
  const lines = kept.map(lineOf);
  let size = sizeOf(kept);
  let first = 0;
  for (; size > bytes && first < lines.length; first++) size -= Buffer.byteLength(lines[first] ?? '');
  const temporary = temporaryBeside(file);
  try {
    writeFileSync(temporary, lines.slice(first).join(''));
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw diskError(error, file, size);
  }
}

/** All but progress, and of progress the last event in each of `spans` equal spans of time; the last one always. */
function thinned(events: readonly LoggedEvent[], spans: number): readonly LoggedEvent[] {
  const progress = events.filter(({ kind }) => kind === 'progress');
  const [first, last] = [progress[0], progress.at(-1)];
  if (first === undefined || last === undefined) return events;
  const from = Date.parse(first.at);
  const long = Date.parse(last.at) - from + 1;
  const inSpan = new Map(
    progress.map((event) => [Math.floor(((Date.parse(event.at) - from) / long) * spans), event]),
  );
  const kept = new Set<LoggedEvent>([...inSpan.values(), last]);
  return events.filter((event) => event.kind !== 'progress' || kept.has(event));
}

function lineOf(event: LoggedEvent): string {
  return `${JSON.stringify(event)}\n`;
}

function sizeOf(events: readonly LoggedEvent[]): number {
  return events.reduce((sum, event) => sum + Buffer.byteLength(lineOf(event)), 0);
}

function shortened(event: RunEvent): RunEvent {
  if (event.kind === 'note') return { ...event, text: event.text.slice(0, longestBytes) };
  if (event.kind !== 'result') return event;
  return JSON.stringify(event.value).length <= longestBytes ? event : { ...event, value: null };
}
