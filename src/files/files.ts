/**
 * Files that are either whole or not there.
 *
 * A file is written under a temporary name beside its own, flushed to the disk and renamed. A process killed at any
 * instant leaves the old file or the new one, and at worst a temporary one, whose name says which process it was of, so
 * that a later run can tell an abandoned file from one being written.
 */

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, realpath, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { NascentError, messageOf } from '../errors.ts';
import { makeFolders } from './make-folders.ts';

const temporaryName = /^\..+\.(\d+)-[0-9a-f]{8}\.tmp$/;

/** Older than this, a temporary file is abandoned even if its process's number is in use: by another process. */
const abandonedAfterMs = 24 * 3600 * 1000;

/** A name beside `path` that no other writer uses, and that `sweepTemporaries` knows as ours. */
export function temporaryBeside(path: string): string {
  // Containers start their processes with the same numbers every time, so the number alone would come back.
  const token = randomBytes(4).toString('hex');
  return join(dirname(path), `.${basename(path)}.${process.pid}-${token}.tmp`);
}

/**
 * Writes `path` whole: on return it holds `data`, on failure what it held before. Missing folders are made.
 *
 * @param makeFolder false where a folder that is missing must stay so: somebody took it away
 * @throws NascentError `disk/full` with the path and the bytes, or `disk/failed`; the temporary file is gone by then
 */
export async function writeFileWhole(
  path: string,
  data: Uint8Array | string,
  { makeFolder = true }: { readonly makeFolder?: boolean } = {},
): Promise<void> {
  const target = await targetOf(path);
  if (target.kind === 'device') {
    try {
      await writeFile(path, data);
      return;
    } catch (cause) {
      throw diskError(cause, path, typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength);
    }
  }
  const temporary = temporaryBeside(target.path);
  try {
    if (makeFolder) await makeFolders(dirname(target.path));
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      // Without this a power cut can leave the new name on empty blocks.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target.path);
  } catch (cause) {
    // What went wrong first is what the user should hear of.
    await rm(temporary, { force: true }).catch(() => {});
    throw diskError(cause, path, typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength);
  }
}

/** Where a file is really written: through links. A device or a pipe is not a file that another can take the place of. */
async function targetOf(
  path: string,
): Promise<{ readonly kind: 'file'; readonly path: string } | { readonly kind: 'device' }> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile() && !found.isDirectory()) return { kind: 'device' };
  return { kind: 'file', path: found === undefined ? path : await realpath(path) };
}

/**
 * Removes the temporary files and folders in `folder` that no process is writing any more. A missing folder is an empty
 * one.
 */
export async function sweepTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const owner = temporaryName.exec(name)?.[1];
    if (owner === undefined) continue;
    const path = join(folder, name);
    const modified = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    if (!isAlive(Number(owner)) || Date.now() - modified > abandonedAfterMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/**
 * Makes a folder that is written into from now on, unless it is there, without what writers that are gone left in it.
 *
 * @throws NascentError `disk/full`, `disk/failed`
 */
export async function prepareFolder(folder: string): Promise<void> {
  await makeFolders(folder).catch((cause: unknown) => {
    throw diskError(cause, folder, 0);
  });
  await sweepTemporaries(folder);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // Signal 0 asks and does not touch.
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}

/**
 * Refuses to begin what cannot end: a download of which half fits.
 *
 * @throws NascentError `disk/full` where `folder`'s file system has fewer than `bytes` free
 */
export async function assertSpace(folder: string, bytes: number): Promise<void> {
  // A file system that does not say (some network drives) is given the benefit of the doubt.
  const space = await statfs(folder).catch(() => undefined);
  if (space === undefined || space.blocks === 0) return;
  const free = space.bavail * space.bsize;
  if (free < bytes) {
    throw new NascentError(
      'disk/full',
      `${folder} has ${megabytes(free)} free, and ${megabytes(bytes)} are needed`,
      {
        help: 'Free some space, or set NASCENT_CACHE to a folder on a larger disk.',
      },
    );
  }
}

/** What a file system's refusal means to a person. `bytes` is how much was being written. */
export function diskError(cause: unknown, path: string, bytes: number): NascentError {
  if (cause instanceof NascentError) return cause;
  const code = errorCodeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new NascentError('disk/full', `no space left to write ${path} (${bytes} bytes)`, {
      help: 'Free some space, or set NASCENT_CACHE (for data) or --out (for runs) to a folder on a larger disk.',
      cause,
    });
  }
  const reason = messageOf(cause);
  return new NascentError('disk/failed', `cannot write ${path}: ${reason}`, {
    help: 'Check that the folder exists, is yours to write, and is on a disk that is mounted for writing.',
    cause,
  });
}

/** The `code` of a system error (`ENOENT`, `ENOSPC`…), if it is one. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * What a path leads to that is neither a file nor a folder: there is no end to a device, and of a pipe it hangs on somebody else
 * whether it begins.
 *
 * @throws what the file system says, where nothing is there
 */
export async function specialFile(path: string): Promise<'a device' | 'a pipe' | 'a socket' | undefined> {
  const found = await stat(path);
  if (found.isCharacterDevice() || found.isBlockDevice()) return 'a device';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : undefined;
}

/** The hexadecimal digest of a file, read in pieces. */
export async function digestOfFile(
  path: string,
  algorithm: 'md5' | 'sha256',
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** The hexadecimal SHA-256 of bytes in memory. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes as a person reads them: `139 MB`. */
export function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.round(bytes / 1e6)} MB`;
}
