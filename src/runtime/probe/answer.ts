/**
 * The child's side of a probe: does the work, sends what came of it to the parent, and is done.
 *
 * Through the channel and not through stdout, because native libraries print there as they please.
 */
import { NascentError, messageOf } from '../../errors.ts';
import { watchOver } from '../../watchdog.ts';

/** What a probe's child sends. */
export type ProbeMessage =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string; readonly fix?: string };

/** Sends the result of `work`, or why it failed, and ends the process. `value` must be plain data. */
export function answer(work: () => Promise<unknown>): void {
  watchOver({ graceMs: 0 });
  work().then(
    (value) => send({ ok: true, value }),
    (error: unknown) => send(failure(error)),
  );
}

function failure(error: unknown): ProbeMessage {
  if (error instanceof NascentError) return { ok: false, reason: error.message, fix: error.help };
  return { ok: false, reason: messageOf(error) };
}

function send(message: ProbeMessage): void {
  if (process.send === undefined) {
    throw new Error('internal: a probe script is started by runProbe, which gives it a channel to answer on');
  }
  process.send(message, () => process.exit(0));
}
