/**
 * One process works on a run at a time.
 *
 * The holder keeps a file, lease.json, with its process, its machine and a heartbeat. A lease whose process is gone, or
 * whose heartbeat is old, is taken over. A token tells the holder's own lease from one that replaced it, for instance
 * while the machine was asleep; the holder then learns that it has lost the run and must stop writing.
 */

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { diskError, errorCodeOf, temporaryBeside } from '../files/files.ts';
import { wholeText } from './whole-text.ts';
import { NascentError } from '../errors.ts';

export interface Lease {
  /** Tells this lease from any other. */
  readonly token: string;
  /**
   * Aborted, with a NascentError as its reason, when another process took the run over, or its folder was moved or
   * deleted.
   */
  readonly lost: AbortSignal;
  /** Looks now whether the lease is still there, and throws the reason of `lost` where it is not. */
  verify(): void;
  /** Lets go of the run. May be called twice. */
  release(): void;
}

const leaseSchema = z.object({
  pid: z.int(),
  host: z.string(),
  token: z.string(),
  /** Milliseconds since 1970. */
  heartbeat: z.number(),
});
type LeaseRecord = Readonly<z.infer<typeof leaseSchema>>;

export type LeaseHolder = Pick<LeaseRecord, 'pid' | 'host' | 'token'>;

const heartbeatMs = 10_000;
/** A step or a model's compilation may hold the event loop, and with it the heartbeat, for minutes. */
const staleMs = 5 * 60_000;

/** Leases held by this very process, whose number may be that of a dead holder after a container restarts. */
const ownTokens = new Set<string>();

/** What is done in a folder that is leased. */
export type LeasedWork = 'search' | 'train' | 'setup';

const works: { readonly [W in LeasedWork]: string } = {
  search: 'running the search',
  train: 'running the training',
  setup: 'working',
};

/**
 * Takes the lease of `folder`, a run's most often.
 *
 * @throws NascentError `run/busy` naming the process that holds it
 */
export function acquireLease(folder: string, work: LeasedWork = 'setup'): Lease {
  const file = join(folder, 'lease.json');
  const token = randomUUID();
  const mine = (): LeaseRecord => ({ pid: process.pid, host: hostname(), token, heartbeat: Date.now() });

  removeStale(file);
  const draft = temporaryBeside(file);
  try {
    writeFileSync(draft, JSON.stringify(mine()));
    // Unlike a rename, a link fails when the name is taken, so of two processes only one gets it.
    linkSync(draft, file);
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') throw busy(folder, work, readLease(file));
    throw diskError(error, file, 0);
  } finally {
    rmSync(draft, { force: true });
  }
  ownTokens.add(token);

  const lost = new AbortController();
  // By an open handle a folder is known wherever it is moved to.
  const handle = openFolder(folder);
  const stop = () => {
    clearInterval(timer);
    ownTokens.delete(token);
    if (handle !== undefined) closeSync(handle);
  };
  const isMine = (): boolean => {
    if (lost.signal.aborted) return false;
    const holder = readLease(file);
    if (holder?.token === token) return true;
    const reason = lossOf(folder, work, holder, whereNow(folder, handle));
    stop();
    lost.abort(reason);
    return false;
  };
  // Synchronous, so that no heartbeat can be under way, and put the file back, while the lease is let go.
  const beat = () => {
    if (isMine()) renew(file, draft, mine());
  };
  const timer = setInterval(beat, heartbeatMs);
  timer.unref();
  return {
    token,
    lost: lost.signal,
    verify() {
      if (ownTokens.has(token)) isMine();
      lost.signal.throwIfAborted();
    },
    release() {
      if (!ownTokens.has(token)) return;
      stop();
      if (readLease(file)?.token === token) rmSync(file, { force: true });
    },
  };
}

/** The live process that holds the lease of the run in `folder`; undefined where none does. */
export function leaseHolder(folder: string): LeaseHolder | undefined {
  const record = readLease(join(folder, 'lease.json'));
  return record === undefined || isStale(record) ? undefined : record;
}

/** Who took the lease of the run in `folder` last and has not let it go, alive or dead. */
export function leaseIn(folder: string): LeaseHolder | undefined {
  return readLease(join(folder, 'lease.json'));
}

/** Whether a live process holds the lease of the run in `folder`. */
export function isLeased(folder: string): boolean {
  return leaseHolder(folder) !== undefined;
}

/** Writes the next heartbeat. One that cannot be written, say on a full disk, is left to the next. */
function renew(file: string, draft: string, record: LeaseRecord): void {
  try {
    writeFileSync(draft, JSON.stringify(record));
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true });
  }
}

/** Removes a stale lease, if there is one. */
function removeStale(file: string): void {
  const found = readLease(file);
  if (found !== undefined && !isStale(found)) return;
  const aside = temporaryBeside(file);
  try {
    // Move first, look again after: between reading and moving, another process may have taken it over.
    renameSync(file, aside);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return;
    throw diskError(error, file, 0);
  }
  const moved = readLease(aside);
  if (moved !== undefined && !isStale(moved)) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

/** The lease in a file; undefined when there is none or it cannot be read, which is as good as none. */
function readLease(file: string): LeaseRecord | undefined {
  try {
    const parsed = leaseSchema.safeParse(JSON.parse(wholeText(file)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function isStale(lease: LeaseRecord): boolean {
  if (Date.now() - lease.heartbeat > staleMs) return true;
  if (lease.host !== hostname()) return false;
  return lease.pid === process.pid ? !ownTokens.has(lease.token) : !isAlive(lease.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return errorCodeOf(error) === 'EPERM';
  }
  return !hasEnded(pid);
}

/** A killed process keeps its number until its parent has asked how it ended, which in a container may take a while. */
function hasEnded(pid: number): boolean {
  try {
    // The state comes after the name in brackets, which may hold anything; Z is ended, X is being removed.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    // Not Linux, or gone meanwhile.
    return false;
  }
}

/** Where a folder is now; 'here', or 'gone' where nothing more is known. */
function whereNow(folder: string, handle: number | undefined): string {
  if (handle === undefined) return existsSync(folder) ? 'here' : 'gone';
  try {
    const [held, found] = [fstatSync(handle), statSync(folder, { throwIfNoEntry: false })];
    if (found !== undefined && found.ino === held.ino && found.dev === held.dev) return 'here';
    const link = readlinkSync(`/proc/self/fd/${handle}`);
    return link.endsWith(' (deleted)') ? 'deleted' : link;
  } catch {
    // Not Linux.
    return 'gone';
  }
}

/** A handle of a folder, where the platform gives one. */
function openFolder(folder: string): number | undefined {
  try {
    return openSync(folder, 'r');
  } catch {
    return undefined;
  }
}

/** Why a lease is not there any more. */
function lossOf(
  folder: string,
  work: LeasedWork,
  holder: LeaseRecord | undefined,
  where: string,
): NascentError {
  if (where === 'here') {
    return holder === undefined
      ? new NascentError(
          'run/busy',
          `${folder}/lease.json was deleted while this process was ${works[work]}`,
          {
            help: 'Another process may work there now. If none does, resume it.',
          },
        )
      : new NascentError('run/busy', `another process took ${folder} over${describe(holder)}`, {
          help: 'Let that process finish, or stop it and resume the run.',
        });
  }
  const meanwhile = `while this process was ${works[work]}; nothing was written since`;
  if (where === 'gone') {
    return new NascentError('run/gone', `${folder} was moved or deleted ${meanwhile}`, {
      help:
        work === 'setup'
          ? 'Run the same command again.'
          : `If it was moved: nascent ${work} --resume, with where it is.`,
    });
  }
  if (where === 'deleted') {
    return new NascentError('run/gone', `${folder} was deleted ${meanwhile}`, {
      help:
        work === 'setup'
          ? 'Run the same command again.'
          : 'Restore it from a copy to resume it, or start a new run.',
    });
  }
  return new NascentError('run/gone', `${folder} was moved to ${where} ${meanwhile}`, {
    help:
      work === 'setup' ? 'Run the same command again.' : `Resume it there: nascent ${work} --resume ${where}`,
  });
}

function busy(folder: string, work: LeasedWork, holder: LeaseRecord | undefined): NascentError {
  const place = work === 'setup' ? `in ${folder}` : folder;
  return new NascentError('run/busy', `another process is ${works[work]} ${place}${describe(holder)}`, {
    help: `Wait for it or stop it. If it no longer exists, wait ${staleMs / 60_000} minutes or delete lease.json there.`,
  });
}

function describe(holder: LeaseRecord | undefined): string {
  return holder === undefined ? '' : `: process ${holder.pid} on ${holder.host}`;
}
