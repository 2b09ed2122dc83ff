/**
 * Writes and reads events.jsonl.
 *
 * The file is bounded: once it has grown past its limit it is written anew without its progress lines, the last one
 * aside, and, where that is not enough, without its oldest events. Events are the history of the run, so no checkpoint
 * cuts them back, and a line that cannot be read (of a later version, or damaged) is passed over: what happened must
 * never be why a run cannot go on.
 */

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { diskError, temporaryBeside } from '../files/files.ts';
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
  return readFileSync(file, 'utf8').split('\n').flatMap(eventIn);
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
  const last = events.findLast(({ kind }) => kind === 'progress');
  const lines = events
    .filter((event) => event.kind !== 'progress' || event === last)
    .map((event) => `${JSON.stringify(event)}\n`);
  let size = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
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

function shortened(event: RunEvent): RunEvent {
  if (event.kind === 'note') return { ...event, text: event.text.slice(0, longestBytes) };
  if (event.kind !== 'result') return event;
  return JSON.stringify(event.value).length <= longestBytes ? event : { kind: 'result', value: null };
}
