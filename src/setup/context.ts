/** What every step of setup is given, and how a way of setting up says that it is not the one. */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskError, sweepTemporaries, temporaryBeside } from '../files/files.ts';
import type { NvidiaDriver } from '../runtime/probe/nvidia.ts';
import type { SetUpFolders } from '../runtime/native-preload.ts';
import { makeFolders } from '../files/make-folders.ts';

/** Progress of a download. `total` is an estimate; `done` may pass it. */
export interface SetupProgress {
  readonly phase: 'download';
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes';
  /** What is being downloaded. */
  readonly note: string;
}

export interface SetupContext {
  /** The cache folder. */
  readonly cache: string;
  readonly folders: SetUpFolders;
  /** The graphics driver, where there is one. */
  readonly driver: NvidiaDriver | undefined;
  /** The environment that programs are started in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  readonly onProgress: (progress: SetupProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** A way of setting up does not work on this machine; the next one is tried. The message is the reason, in one line. */
export class WayFailed extends Error {
  override readonly name = 'WayFailed';
}

/**
 * Does a step that ends in a folder, unless the folder is there: `make` fills a temporary one, which is then renamed.
 * Whatever is killed on the way leaves nothing that looks finished.
 */
export async function once(folder: string, make: (temporary: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const temporary = temporaryBeside(folder);
  try {
    await makeFolders(dirname(folder));
    await sweepTemporaries(dirname(folder));
    await mkdir(temporary);
    await make(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw isSystemError(error) ? diskError(error, folder, 0) : error;
  }
}

/** Puts a finished folder in place of `target`, which processes may still be using. */
export async function replaceFolder(finished: string, target: string): Promise<void> {
  const old = temporaryBeside(target);
  if (existsSync(target)) await rename(target, old);
  await rename(finished, target);
  await rm(old, { recursive: true, force: true });
}

/** The bytes of all files under `folder`, links not followed; what vanishes meanwhile counts nothing. */
export async function bytesUnder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
