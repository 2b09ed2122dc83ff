/** Whether this machine has an NVIDIA driver, and for which cards. Asked before gigabytes of CUDA are fetched. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export interface NvidiaDriver {
  /** For example `550.54.15`; absent where the driver does not tell. */
  readonly version?: string;
  /** The cards' own names, in the driver's order. */
  readonly cards: readonly string[];
}

export interface NvidiaSurroundings {
  /** Where `/proc`, `/dev` and `/usr` are; the root folder by default. */
  readonly root?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The driver as the kernel shows it, else as `nvidia-smi` does (Windows, and Linux inside it), else by its library and
 * device file. Undefined where there is none.
 */
export async function findNvidiaDriver(
  surroundings: NvidiaSurroundings = {},
): Promise<NvidiaDriver | undefined> {
  const { root = '/', env = process.env } = surroundings;
  return driverFromProc(root) ?? (await driverFromTool(env)) ?? driverFromLibrary(root, env);
}

/** Names of the cards, of which the first is the one that is used. */
export function nvidiaCards(root: string = '/'): string[] {
  const folder = join(root, 'proc', 'driver', 'nvidia', 'gpus');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((card) => {
    const model = /^Model:\s*(.+)$/m.exec(read(join(folder, card, 'information')))?.[1]?.trim();
    return model === undefined ? [] : [model];
  });
}

function driverFromProc(root: string): NvidiaDriver | undefined {
  const file = join(root, 'proc', 'driver', 'nvidia', 'version');
  if (!existsSync(file)) return undefined;
  const version = /^NVRM version:.*?\s(\d+(?:\.\d+)+)\s/m.exec(read(file))?.[1];
  return { ...(version === undefined ? {} : { version }), cards: nvidiaCards(root) };
}

async function driverFromTool(
  env: Readonly<Record<string, string | undefined>>,
): Promise<NvidiaDriver | undefined> {
  const query = ['--query-gpu=driver_version,name', '--format=csv,noheader'];
  const answer = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000, env: { ...env } }).catch(
    // No such program, or one that finds no driver: either way this is not where a driver is.
    () => undefined,
  );
  const rows = (answer?.stdout ?? '')
    .split('\n')
    .map((line) => /^\s*(\d+(?:\.\d+)+),\s*(.+?)\s*$/.exec(line))
    .filter((row) => row !== null);
  const version = rows[0]?.[1];
  return version === undefined ? undefined : { version, cards: rows.map((row) => row[2] ?? '') };
}

const libraryFolders = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'usr/lib64',
  'usr/lib/wsl/lib',
  'usr/local/nvidia/lib64',
];

/** A library alone is not enough: images for machines with a card carry it to machines without. */
function driverFromLibrary(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): NvidiaDriver | undefined {
  const hasDevice = ['dev/nvidiactl', 'dev/dxg'].some((path) => existsSync(join(root, path)));
  if (!hasDevice) return undefined;
  const folders = libraryFolders.map((folder) => join(root, folder));
  const named = (env['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const hasLibrary = [...named, ...folders].some((folder) => existsSync(join(folder, 'libcuda.so.1')));
  return hasLibrary ? { cards: [] } : undefined;
}

/** A file of the kernel's that may vanish or be closed to us; its content is a courtesy. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
