/** The tools that building the addon takes. All are looked for before anything is fetched, and all that lack are named. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { WayFailed } from './context.ts';

export interface Tools {
  readonly python: string;
  readonly compiler: string;
  /** node-gyp as a command with its first arguments. */
  readonly nodeGyp: readonly string[];
  /** The folder whose `include/node` has Node's headers; undefined where node-gyp must fetch them. */
  readonly nodeHeaders: string | undefined;
  /** Removes symbols from libraries; saves a quarter of their size, and is not needed. */
  readonly strip: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

interface Need {
  readonly name: string;
  /** Package names for apt, dnf and Homebrew; on macOS the compiler and make come with Apple's own tools. */
  readonly apt: string;
  readonly dnf: string;
  readonly brew?: string;
}

const needs = {
  python: { name: 'python3', apt: 'python3', dnf: 'python3', brew: 'python' },
  pip: { name: 'pip for python3', apt: 'python3-pip', dnf: 'python3-pip', brew: 'python' },
  compiler: { name: 'a C++ compiler', apt: 'g++', dnf: 'gcc-c++' },
  make: { name: 'make', apt: 'make', dnf: 'make' },
} as const satisfies Record<string, Need>;

/**
 * Finds the tools.
 *
 * @throws WayFailed naming all that lack, with the commands that install them
 */
export async function findTools(env: Env, signal?: AbortSignal): Promise<Tools> {
  const works = trying(env, signal);
  const python = await firstThatWorks(['python3', 'python'], env, signal);
  const compiler = await findCompiler(env, signal);
  const missing: Need[] = [];
  if (python === undefined) missing.push(needs.python, needs.pip);
  else if (!(await works(python, '-m', 'pip', '--version'))) missing.push(needs.pip);
  if (compiler === undefined) missing.push(needs.compiler);
  if (!(await works('make', '--version'))) missing.push(needs.make);
  if (python === undefined || compiler === undefined || missing.length > 0) {
    throw new WayFailed(missingTools(missing, process.platform));
  }
  return {
    python,
    compiler,
    nodeGyp: await findNodeGyp(env, signal),
    nodeHeaders: await findNodeHeaders(env, signal),
    strip: process.platform === 'linux' && (await works('strip', '--version')) ? 'strip' : undefined,
  };
}

/** A C++ compiler: the one that the user names, else the system's. */
export async function findCompiler(env: Env, signal?: AbortSignal): Promise<string | undefined> {
  return firstThatWorks([env['CXX'], 'c++', 'g++', 'clang++'], env, signal);
}

function trying(env: Env, signal: AbortSignal | undefined) {
  return async (command: string, ...args: string[]): Promise<boolean> =>
    (await runCommand(command, args, { env, timeoutMs: 30_000, signal })).ok;
}

async function firstThatWorks(
  commands: readonly (string | undefined)[],
  env: Env,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const works = trying(env, signal);
  for (const command of commands) {
    if (command !== undefined && command !== '' && (await works(command, '--version'))) return command;
  }
  return undefined;
}

/** One message for everything that lacks. */
export function missingTools(missing: readonly Need[], platform: string): string {
  const list = (names: readonly (string | undefined)[]) =>
    [...new Set(names.filter((name) => name !== undefined))].join(' ');
  const lacking = `missing: ${missing.map(({ name }) => name).join(', ')}`;
  if (platform === 'darwin') {
    const brewed = list(missing.map(({ brew }) => brew));
    const apple = missing.some(({ brew }) => brew === undefined) ? ['`xcode-select --install`'] : [];
    return `${lacking}. Install with ${[...apple, ...(brewed ? [`\`brew install ${brewed}\``] : [])].join(' and ')}`;
  }
  const apt = `\`sudo apt-get install ${list(missing.map(({ apt }) => apt))}\` (Debian, Ubuntu)`;
  const dnf = `\`sudo dnf install ${list(missing.map(({ dnf }) => dnf))}\` (Fedora, RHEL)`;
  return `${lacking}. Install with ${apt} or ${dnf}`;
}

/** npm brings a node-gyp of its own. The npm that started this process is asked first, then the one on the path. */
async function findNodeGyp(env: Env, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const script = join('node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const npmCli = env['npm_execpath'];
  const nextToNode = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm');
  const places = [...(npmCli === undefined ? [] : [join(dirname(npmCli), '..')]), nextToNode];
  const found = places.map((place) => join(place, script)).find((path) => existsSync(path));
  if (found !== undefined) return [process.execPath, found];

  const root = await runCommand('npm', ['root', '--global'], { env, timeoutMs: 30_000, signal });
  const global = join(root.stdout.trim(), 'npm', script);
  if (root.ok && existsSync(global)) return [process.execPath, global];
  return ['npm', 'exec', '--yes', '--package=node-gyp', '--', 'node-gyp'];
}

/** npm's `nodedir` setting, which is there to say this, else the headers that came with this Node. */
async function findNodeHeaders(env: Env, signal: AbortSignal | undefined): Promise<string | undefined> {
  const asked = await runCommand('npm', ['config', 'get', 'nodedir'], { env, timeoutMs: 30_000, signal });
  const set = [env['npm_config_nodedir'], asked.ok ? asked.stdout.trim() : undefined];
  const prefix = join(dirname(process.execPath), '..');
  return [...set, prefix].find((folder) => folder !== undefined && folder !== '' && hasNodeHeaders(folder));
}

function hasNodeHeaders(folder: string): boolean {
  return ['include/node/node_api.h', 'src/node_api.h'].some((header) => existsSync(join(folder, header)));
}
