/**
 * Where downloaded data lives: the platform's own cache folder, so that several checkouts share one copy and a cleaner
 * that empties caches finds it.
 */

import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** What the choice depends on; the process's own by default. */
export interface CacheSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/**
 * The folder for everything Nascent downloads or builds. It need not exist yet.
 *
 * `NASCENT_CACHE`, where it is set, is taken as it is; otherwise it is `nascent` in `$XDG_CACHE_HOME` (any platform),
 * `~/Library/Caches` (macOS), `%LOCALAPPDATA%` (Windows) or `~/.cache`. A relative `XDG_CACHE_HOME` is ignored, as its
 * specification asks.
 */
export function cacheFolder(surroundings: CacheSurroundings = {}): string {
  const { env = process.env, platform = process.platform, home = homedir() } = surroundings;
  const path = platform === 'win32' ? win32 : posix;

  const own = env['NASCENT_CACHE'];
  if (own !== undefined && own !== '') return path.resolve(own);

  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'nascent');

  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'nascent');
  if (platform === 'win32') {
    return path.join(env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'nascent');
  }
  return path.join(home, '.cache', 'nascent');
}
