/**
 * The way that the package's authors meant: its own install script, which fetches TensorFlow's C library of 2022 and a
 * prebuilt addon.
 *
 * The script writes beside itself and leaves what it had when it fails, so it is run in a copy of the package, and only
 * what loads is kept. npm has put the modules that it needs where the original finds them.
 */
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { bytesUnder, replaceFolder, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { tryAddon } from './try-addon.ts';
import { makeFolders } from '../files/make-folders.ts';

/**
 * Makes `folders.installed`.
 *
 * @param sources the package's folder
 * @throws WayFailed with the script's reason; NascentError `interrupted`
 */
export async function setUpWithInstaller(sources: string, context: SetupContext): Promise<void> {
  const { folders, driver, log, signal } = context;
  const work = `${folders.installed}.work`;
  const copy = join(work, 'package');
  await rm(work, { recursive: true, force: true });
  await makeFolders(copy);
  try {
    for (const name of ['package.json', 'scripts', 'binding', 'binding.gyp']) {
      await cp(join(sources, name), join(copy, name), { recursive: true });
    }
    // Without an NVIDIA card the library for processors does the same and is a quarter of the size.
    const kind = driver === undefined ? 'cpu' : 'gpu';
    log(`Trying the package's own installer (libtensorflow 2.9.1 for ${kind}, some hundred megabytes)`);
    const result = await runCommand(process.execPath, [join('scripts', 'install.js'), kind, 'download'], {
      cwd: copy,
      env: withModulesOf(sources, context.env),
      timeoutMs: 60 * 60_000,
      silenceMs: 30_000,
      alive: () => bytesUnder(copy),
      signal,
    });
    if (!result.ok) throw new WayFailed(result.reason);
    const loaded = await tryAddon(copy, context);
    if (!loaded.ok) throw new WayFailed(`what it installed does not load: ${loaded.reason}`);

    const tree = join(work, 'tree');
    await mkdir(tree);
    for (const name of ['lib', 'deps', 'package.json']) await rename(join(copy, name), join(tree, name));
    await replaceFolder(tree, folders.installed);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** An environment in which a script finds the modules and commands that a package at `folder` would find. */
export function withModulesOf(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const modules = moduleFolders(folder);
  const joined = (first: readonly string[], last: string | undefined) =>
    [...first, ...(last === undefined || last === '' ? [] : [last])].join(delimiter);
  return {
    ...env,
    NODE_PATH: joined(modules, env['NODE_PATH']),
    PATH: joined(
      modules.map((path) => join(path, '.bin')),
      env['PATH'],
    ),
  };
}

/** The `node_modules` folders from a folder upwards. */
function moduleFolders(folder: string): string[] {
  const found: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    const modules = join(at, 'node_modules');
    if (existsSync(modules)) found.push(modules);
    if (dirname(at) === at) return found;
  }
}
