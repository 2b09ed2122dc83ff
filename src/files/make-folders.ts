/**
 * A folder and those around it. Node's own `mkdir` with `recursive` never ends in a place where the system refuses a folder by
 * saying that the one around it is not there, though it is: `/proc`, and other file systems that are not on a disk.
 */
import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a folder, unless it is there. @throws what the file system says */
export async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (isMissing(error) && dirname(path) !== path) {
      await makeFolders(dirname(path));
      await mkdir(path).catch(async (again: unknown) => requireFolder(path, again));
    } else await requireFolder(path, error);
  }
}

/** The same, before anything else happens. */
export function makeFoldersSync(path: string): void {
  const make = (around: boolean): void => {
    try {
      mkdirSync(path);
    } catch (error) {
      if (around && isMissing(error) && dirname(path) !== path) {
        makeFoldersSync(dirname(path));
        make(false);
      } else if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
  };
  make(true);
}

async function requireFolder(path: string, error: unknown): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
