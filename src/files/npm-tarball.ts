/**
 * Getting a package from npm as the archive it is, without installing it: no dependency of it is fetched and no script
 * of it is run. npm itself does the fetching, since it knows the user's registry, proxy and credentials, and it checks
 * the archive against the registry's digest.
 */

import { messageOf } from '../errors.ts';
import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { DownloadError } from './download.ts';
import { diskError } from './files.ts';
import { makeFolders } from './make-folders.ts';

export interface NpmTarballOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((done: number) => void) | undefined;
  /** Take it from, and leave it in, the user's own npm cache, where it may be already; without a word on progress. */
  readonly usersCache?: boolean;
  /** The command that is npm, with its first arguments. Default: the npm that started this process, else npm on the path. */
  readonly npm?: readonly string[] | undefined;
}

/**
 * Has npm put the tarball of `spec` (`name@version`) into `folder`, an empty one that is the caller's to remove, and
 * returns its path. npm's cache for this is in `folder` too, so that nothing of the size of a dataset stays behind in
 * the user's own; how fast it grows is also the only progress npm shows.
 *
 * @throws DownloadError with npm's own reason; NascentError `disk/full`; the abort's error
 */
export async function npmTarball(
  spec: string,
  folder: string,
  options: NpmTarballOptions = {},
): Promise<string> {
  if (options.usersCache === true) {
    await runNpm(['pack', spec, '--prefer-offline', ...quietly], folder, options);
    return archiveIn(folder, spec);
  }
  const cache = join(folder, 'npm-cache');
  await makeFolders(cache).catch((cause: unknown) => {
    throw diskError(cause, cache, 0);
  });
  const watch = setInterval(() => {
    void bytesUnder(cache).then(options.onBytes);
  }, 250);
  try {
    await runNpm(['pack', spec, `--cache=${cache}`, ...quietly], folder, options);
  } finally {
    clearInterval(watch);
  }
  return archiveIn(folder, spec);
}

async function archiveIn(folder: string, spec: string): Promise<string> {
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new DownloadError(`npm pack ${spec} said it was done and left no archive`);
  return join(folder, tarball);
}

const quietly = [
  '--ignore-scripts',
  '--loglevel=error',
  '--no-audit',
  '--no-update-notifier',
  // npm would otherwise wait over a minute before it says that there is no network.
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
];

/** `npm start` tells its children where npm is; that one works even where no npm is on the path. */
function findNpm(): readonly string[] {
  const path = process.env['npm_execpath'];
  return path !== undefined && /npm-cli\.[cm]?js$/.test(path) ? [process.execPath, path] : ['npm'];
}

async function runNpm(
  args: readonly string[],
  folder: string,
  { signal, npm = findNpm() }: NpmTarballOptions,
): Promise<void> {
  const [command = 'npm', ...first] = npm;
  const said: string[] = [];
  const exit = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    const child = spawn(command, [...first, ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      // On Windows npm is a .cmd file, which only a shell can start.
      shell: process.platform === 'win32' && command === 'npm',
      ...(signal === undefined ? {} : { signal }),
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    child.once('error', reject);
    child.once('close', (code, killedBy) => resolve(code ?? killedBy));
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new DownloadError(`npm cannot be started: ${messageOf(cause)}`, {
      cause,
    });
  });
  if (exit === 0) return;
  const text = said.join('');
  if (/\bENOSPC\b/.test(text)) {
    throw diskError(Object.assign(new Error('npm ran out of space'), { code: 'ENOSPC' }), folder, 0);
  }
  throw new DownloadError(`npm pack ended with ${exit}: ${npmReason(text)}`);
}

/** The lines of npm's complaint that say what went wrong, in one line. */
function npmReason(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !/^A complete log|_logs|^(errno|syscall|code) |^at /.test(line));
  return lines.slice(0, 2).join(' ') || 'it gave no reason';
}

/** The bytes of all files under a folder that another process is writing in. */
async function bytesUnder(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const entry = await stat(join(folder, name)).catch(() => undefined);
      return entry?.isFile() === true ? entry.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
