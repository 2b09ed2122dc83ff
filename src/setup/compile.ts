/** Builds the addon from the package's own sources with npm's node-gyp, and the library loader beside it. */
import { cp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import type { CommandResult } from './command.ts';
import { WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { preloadAddonSource } from './preload-addon.ts';
import type { Tools } from './tools.ts';
import { makeFolders } from '../files/make-folders.ts';

export interface Compilation {
  /** The package's folder, with `binding.gyp` and `binding`. Only read. */
  readonly sources: string;
  /** The `deps` folder to build against. */
  readonly deps: string;
  /** Where the addons go. */
  readonly output: string;
  /** A folder for what is in between; gone afterwards. */
  readonly scratch: string;
}

/**
 * Compiles both addons into `output`.
 *
 * @throws WayFailed with the compiler's first error, or node-gyp's reason
 */
export async function compileAddons(
  { sources, deps, output, scratch }: Compilation,
  tools: Tools,
  context: SetupContext,
): Promise<void> {
  const { env, signal } = context;
  await rm(scratch, { recursive: true, force: true });
  await makeFolders(scratch);
  try {
    // node-gyp writes beside what it builds, and the package's folder is npm's.
    for (const name of ['binding.gyp', 'binding', 'package.json']) {
      await cp(join(sources, name), join(scratch, name), { recursive: true });
    }
    await symlink(deps, join(scratch, 'deps'), 'dir');

    const [command = 'npm', ...first] = tools.nodeGyp;
    const headers = tools.nodeHeaders === undefined ? [] : [`--nodedir=${tools.nodeHeaders}`];
    const settings = ['--module_name=tfjs_binding', `--module_path=${output}`, '--napi_build_version=8'];
    const args = [...first, 'rebuild', '--jobs=2', `--python=${tools.python}`, ...headers, ...settings];
    // Without headers at hand node-gyp fetches them, and would wait minutes for a network that is not there.
    const limits = { cwd: scratch, env, timeoutMs: 20 * 60_000, silenceMs: 5 * 60_000, signal };
    expectDone('node-gyp', await runCommand(command, args, limits));
    if (process.platform === 'darwin') await addLibraryPath(join(output, 'tfjs_binding.node'), context);

    const source = join(scratch, 'preload.cc');
    await writeFile(source, preloadAddonSource);
    const flags = [
      '-std=c++17',
      '-Os',
      '-fPIC',
      '-shared',
      source,
      '-o',
      join(output, 'nascent_preload.node'),
    ];
    expectDone(tools.compiler, await runCommand(tools.compiler, [...flags, '-ldl'], limits));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The package's build rewrites the name of the library that it knows, which is not the wheel's. */
async function addLibraryPath(addon: string, { env, signal }: SetupContext): Promise<void> {
  const limits = { env, timeoutMs: 60_000, signal };
  const path = ['-add_rpath', '@loader_path/../../deps/lib', addon];
  expectDone('install_name_tool', await runCommand('install_name_tool', path, limits));
  // A changed library has lost its signature, without which macOS does not load it.
  expectDone('codesign', await runCommand('codesign', ['--force', '--sign', '-', addon], limits));
}

function expectDone(tool: string, result: CommandResult): void {
  if (!result.ok) throw new WayFailed(`${tool}: ${result.reason}`);
}
