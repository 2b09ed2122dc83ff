/**
 * events.jsonl: what happened to a run, a line an event, for whoever watches it from another process or asks later.
 *
 * Every line says its version, its number and its time. Numbers rise for as long as the run lives, resumed or not, so a
 * reader that follows the file knows what it has seen even where older lines were dropped (`src/run/event-log.ts`).
 */

import { z } from 'zod';

import { pairFigures } from './results.ts';

export const eventsFile = 'events.jsonl';

/** What a process can be told that works on a run. */
export const controlCommands = ['pause', 'resume', 'checkpoint', 'stop'] as const;
export type ControlCommand = (typeof controlCommands)[number];

/** What is added to an event when it is written. */
const stamp = {
  v: z.literal(1),
  seq: z.int().nonnegative(),
  at: z.iso.datetime(),
};

const failure = z.object({
  message: z.string(),
  /** Absent for a bug of ours. */
  code: z.string().optional(),
  help: z.string().optional(),
});

export const runEventSchema = z.discriminatedUnion('kind', [
  /** A process took the run up. */
  z.object({ kind: z.literal('begun'), stage: z.string(), pid: z.int(), host: z.string() }),
  /** A stage begins, and the one before it is done. */
  z.object({ kind: z.literal('stage'), stage: z.string(), title: z.string() }),
  z.object({
    kind: z.literal('progress'),
    stage: z.string(),
    done: z.number(),
    total: z.number(),
    unit: z.string(),
    note: z.string().optional(),
    /** How it goes, by the name of what is measured. A number that is NaN or infinite is null. */
    figures: z.record(z.string(), z.number().nullable()).optional(),
  }),
  z.object({ kind: z.literal('note'), text: z.string() }),
  /** A cell of a table: what a row came to by the check of a column. The last one of a cell is what holds. */
  z.object({
    kind: z.literal('check'),
    row: z.string(),
    column: z.string(),
    outcome: z.enum(['waiting', 'running', 'passed', 'failed', 'skipped']),
    text: z.string(),
    /** With the last check of a row: all that parity.json will say of it. */
    figures: pairFigures.optional(),
  }),
  /** A checkpoint is on the disk. */
  z.object({ kind: z.literal('checkpoint'), name: z.string(), best: z.boolean(), file: z.string() }),
  z.object({ kind: z.literal('paused') }),
  z.object({ kind: z.literal('resumed') }),
  /** A request from another process was carried out, could not be, is not for such work, or came when it had ended. */
  z.object({
    kind: z.literal('answer'),
    request: z.string(),
    command: z.enum(controlCommands),
    outcome: z.enum(['done', 'failed', 'refused', 'ended']),
    note: z.string().optional(),
  }),
  /** The work ended: stopped where it can be resumed, failed, done; or its process died. */
  z.object({ kind: z.literal('stopped'), reason: z.string() }),
  z.object({ kind: z.literal('failed'), error: failure }),
  z.object({ kind: z.literal('crashed'), reason: z.string() }),
  /** What came of it. `job` where it was not the run's own work but something done with it, such as parity. */
  z.object({ kind: z.literal('result'), value: z.json(), job: z.string().optional() }),
]);

/** An event as it is given to be written. */
export type RunEvent = z.infer<typeof runEventSchema>;

export const loggedEventSchema = z.object(stamp).and(runEventSchema);

/** An event as it is read. */
export type LoggedEvent = z.infer<typeof loggedEventSchema>;

/** Whether an event begins work on the run that is not its own, such as parity. */
export function isBeside(event: LoggedEvent): boolean {
  return event.kind === 'begun' && event.stage !== 'search' && event.stage !== 'train';
}

/** What was begun last, where that is not the run's own work, such as parity; undefined where it is, or nothing was. */
export function besideIn(events: readonly LoggedEvent[]): string | undefined {
  const begun = events.findLast(({ kind }) => kind === 'begun');
  return begun?.kind === 'begun' && isBeside(begun) ? begun.stage : undefined;
}
