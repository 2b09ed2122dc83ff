/**
 * Links from the package in `node_modules` to what setup keeps in the cache folder, so that a fresh `npm ci` needs a link
 * and not a build, and whoever uses the package itself finds its addon too.
 */
import { lstat, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf, temporaryBeside } from '../files/files.ts';

/**
 * Makes `lib` and `deps` in `packageFolder` lead to those in `target`, replacing what is there.
 *
 * @returns whether the links are there now: a package folder may be somebody else's to write, and `loadTensorFlow` then
 * looks in the cache folder itself
 */
export async function linkPackage(packageFolder: string, target: string): Promise<boolean> {
  try {
    for (const name of ['deps', 'lib']) await link(join(packageFolder, name), join(target, name));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCodeOf(error) ?? '')) return false;
    throw error;
  }
}

/** Makes `path` a link to `target`, replacing what is there. */
export async function link(path: string, target: string): Promise<void> {
  const current = await lstat(path).catch(() => undefined);
  if (current?.isSymbolicLink() === true && (await readlink(path)) === target) return;
  const fresh = temporaryBeside(path);
  const old = temporaryBeside(path);
  // A junction is what Windows lets everybody make; elsewhere the type is not looked at.
  await symlink(target, fresh, 'junction');
  try {
    // A rename puts a link in a link's place, but not in a folder's.
    if (current?.isDirectory() === true) await rename(path, old);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
