/**
 * How fast this machine searches and trains: a job of a few steps in a temporary folder, so that the run that follows is
 * the same as if nothing had been measured.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { JobEvent } from '../../run/events.ts';
import type { Work } from '../shell/work.ts';
import type { Ladder } from './amounts.ts';
import type { Speed } from './choose.ts';

/**
 * @param job runs the job into the folder that it is given, telling what happens
 * @throws what the job throws
 */
export async function measureSpeed(
  what: string,
  { unit }: Pick<Ladder, 'unit'>,
  { reporter }: Pick<Work, 'reporter'>,
  job: (out: string, listen: (event: JobEvent) => void) => Promise<unknown>,
  now = () => performance.now(),
): Promise<Speed> {
  reporter.stage('speed', `Measuring how fast this machine ${what}`);
  const folder = await mkdtemp(join(tmpdir(), 'nascent-speed-'));
  const seen: Seen[] = [];
  const started = now();
  try {
    await job(join(folder, 'run'), (event) => {
      if (event.kind !== 'progress' || event.unit !== unit) return;
      seen.push({ done: event.done, at: (now() - started) / 1000 });
      reporter.progress(event.done, event.total, unit);
    });
    return speedOf(seen, (now() - started) / 1000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How much was done, and after how many seconds. */
export interface Seen {
  readonly done: number;
  readonly at: number;
}

/**
 * The first step is not counted, nor what is before it: there, things are compiled.
 *
 * @param total seconds that the job took in all
 */
export function speedOf(seen: readonly Seen[], total: number): Speed {
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return { start: total, each: 0 };
  if (last.done <= first.done) return { start: first.at, each: total / last.done };
  const each = (last.at - first.at) / (last.done - first.done);
  return { start: Math.max(0, total - each * last.done), each };
}
