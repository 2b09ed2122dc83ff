/**
 * How one process tells another that works on a run to pause, resume, write a checkpoint or stop: a folder `control` in
 * the run's folder, where each request is a file, written whole.
 *
 * Files, not a socket: the path of a run may be longer than a socket's may be (108 bytes), a run may lie on a network
 * drive and be asked about from another machine, and Windows has neither sockets nor signals that work like these. The
 * listener looks into the folder a few times a second, because file notifications do not cross network drives either.
 *
 * The folder is there while somebody listens, and only its owner can write to it. A request is addressed to the token of
 * the lease (`src/run/lease.ts`), so that a stop that came too late does not stop the next process. What became of a
 * request is said in events.jsonl.
 */

import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { diskError, errorCodeOf, writeFileWhole } from '../files/files.ts';
import { NascentError } from '../errors.ts';
import { controlCommands } from './artefacts/events.ts';
import type { ControlCommand } from './artefacts/events.ts';

export interface Request {
  readonly id: string;
  readonly command: ControlCommand;
}

export const mailboxFolder = 'control';

const schema = z.object({
  v: z.literal(1),
  id: z.string(),
  command: z.enum(controlCommands),
  /** The token of the lease that is meant. */
  to: z.string(),
});

export interface Mailbox {
  /** The requests that have come since, oldest first; each is given once. */
  take(): readonly Request[];
  /** Takes the mailbox away: nobody listens any more. */
  close(): void;
}

/** Opens the mailbox of the run in `folder` to the holder of the lease `token`, empty. */
export function openMailbox(folder: string, token: string): Mailbox {
  const path = join(folder, mailboxFolder);
  try {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw diskError(error, path, 0);
  }
  return {
    take: () =>
      namesIn(path).flatMap((name) => {
        const file = join(path, name);
        const request = requestIn(file);
        rmSync(file, { force: true });
        return request?.to === token ? [request] : [];
      }),
    close() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/**
 * Puts a request into the mailbox of the run in `folder`.
 *
 * @param to the token of the lease that is meant
 * @returns the request's id, by which it is answered; undefined where nobody listens
 */
export async function post(folder: string, to: string, command: ControlCommand): Promise<string | undefined> {
  const id = randomUUID();
  // The time first, so that requests are taken in the order in which they were made.
  const name = `${String(Date.now()).padStart(15, '0')}-${id}.json`;
  try {
    await writeFileWhole(
      join(folder, mailboxFolder, name),
      JSON.stringify({ v: 1, id, command, to } satisfies z.infer<typeof schema>),
      { makeFolder: false },
    );
    return id;
  } catch (error) {
    const code = error instanceof Error ? errorCodeOf(error.cause) : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES' || code === 'EPERM') throw notYours(folder, command, error);
    throw error;
  }
}

function notYours(folder: string, command: ControlCommand, cause: unknown): NascentError {
  return new NascentError('disk/failed', `only who runs ${folder} can ${command} it`, {
    help: 'Ask the user whose process works on it; watching it is open to everybody who can read it.',
    cause,
  });
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
      .filter((name) => /^\d+-.*\.json$/.test(name))
      .sort();
  } catch (error) {
    // The run's folder was taken away; the lease will say so.
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function requestIn(file: string): z.infer<typeof schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
