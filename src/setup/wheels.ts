/**
 * TensorFlow's library as the Python package index has it, fetched by pip: it knows the user's index, proxy and
 * credentials, and checks what it gets. Nothing is installed and no Python code of the wheels is run.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { megabytes } from '../files/files.ts';
import { tensorflowVersion } from '../runtime/native-preload.ts';
import { complaint, runCommand } from './command.ts';
import { bytesUnder, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { makeFolders } from '../files/make-folders.ts';

/** A kind of TensorFlow: for the processor alone, or for NVIDIA cards too. */
export type Variant = 'cpu' | 'cuda';

export interface WheelChoice {
  /** Names to try, in order. */
  readonly packages: readonly string[];
  /** About how much is downloaded, and how much room the work takes at its worst. */
  readonly downloadBytes: number;
  readonly roomBytes: number;
}

/** CUDA's libraries come in a dozen wheels of their own, together about so large. */
export const cudaLibrariesBytes = 2_700_000_000;

/**
 * Which wheel has TensorFlow's C library for a machine.
 *
 * @throws WayFailed where none has
 */
export function chooseWheel(variant: Variant, platform: string, arch: string): WheelChoice {
  const machine = `${platform}-${arch}`;
  if (variant === 'cuda') {
    if (machine !== 'linux-x64') throw new WayFailed(`TensorFlow has no CUDA wheel for ${machine}`);
    return { packages: ['tensorflow'], downloadBytes: 620_000_000, roomBytes: 12_000_000_000 };
  }
  const room = { downloadBytes: 274_000_000, roomBytes: 2_000_000_000 };
  switch (machine) {
    case 'linux-x64':
      return { packages: ['tensorflow-cpu'], ...room };
    case 'linux-arm64':
      return { packages: ['tensorflow-cpu', 'tensorflow'], ...room };
    case 'darwin-arm64':
      return { packages: ['tensorflow'], ...room };
    default:
      throw new WayFailed(
        platform === 'win32'
          ? "TensorFlow's wheel for Windows has no library to build against; inside WSL this works"
          : `TensorFlow ${tensorflowVersion} has no wheel for ${machine}`,
      );
  }
}

/** TensorFlow is built for a few releases of Python. Only its library is wanted, so any of them will do. */
const pythonVersions = [undefined, '3.12', '3.11', '3.13'] as const;

/**
 * Downloads TensorFlow's wheel into `folder`.
 *
 * @throws WayFailed with pip's reason; NascentError `interrupted`
 */
export async function downloadTensorFlow(
  python: string,
  choice: WheelChoice,
  folder: string,
  context: SetupContext,
): Promise<void> {
  let reason = '';
  for (const name of choice.packages) {
    const requirement = `${name}==${tensorflowVersion}`;
    context.log(`Downloading ${requirement} with pip (about ${megabytes(choice.downloadBytes)})`);
    for (const version of pythonVersions) {
      const options = version === undefined ? [] : ['--python-version', version];
      const task = { note: requirement, total: choice.downloadBytes };
      const failure = await download(python, [...options, requirement], folder, task, context);
      if (failure === undefined) return;
      reason ||= failure.reason;
      if (failure.unreachable) break;
    }
  }
  throw new WayFailed(reason);
}

/**
 * Downloads the CUDA libraries that a TensorFlow wheel asks for.
 *
 * @param requirements as the wheel's metadata names them
 * @throws WayFailed with pip's reason; NascentError `interrupted`
 */
export async function downloadCudaLibraries(
  python: string,
  requirements: readonly string[],
  folder: string,
  context: SetupContext,
): Promise<void> {
  context.log(
    `Downloading CUDA's libraries with pip, ${requirements.length} wheels (about ${megabytes(cudaLibrariesBytes)})`,
  );
  const task = { note: "CUDA's libraries", total: cudaLibrariesBytes };
  const failure = await download(python, requirements, folder, task, context);
  if (failure !== undefined) throw new WayFailed(failure.reason);
}

interface DownloadTask {
  readonly note: string;
  readonly total: number;
}

interface PipFailure {
  readonly reason: string;
  /** The index did not answer, so asking it for something else is pointless. */
  readonly unreachable: boolean;
}

const pipOptions = [
  '--no-deps',
  '--only-binary=:all:',
  // Hundreds of megabytes in the user's cache, for something that is fetched once.
  '--no-cache-dir',
  '--disable-pip-version-check',
  '--no-input',
  '--progress-bar=off',
  '--retries=2',
  '--timeout=20',
];

/** One call of pip. It shows no progress that a program could read, so the bytes it has written are counted. */
async function download(
  python: string,
  what: readonly string[],
  folder: string,
  { note, total }: DownloadTask,
  { env, signal, onProgress }: SetupContext,
): Promise<PipFailure | undefined> {
  const temporary = join(folder, 'pip-temporary');
  await makeFolders(temporary);
  const counted = () => bytesUnder(folder);
  const report = setInterval(() => {
    void counted().then((done) => onProgress({ phase: 'download', done, total, unit: 'bytes', note }));
  }, 500);
  try {
    const result = await runCommand(
      python,
      ['-m', 'pip', 'download', ...pipOptions, `--dest=${folder}`, ...what],
      {
        // pip downloads into a temporary folder first.
        env: { ...env, TMPDIR: temporary },
        timeoutMs: 3 * 3_600_000,
        silenceMs: 120_000,
        alive: counted,
        signal,
      },
    );
    if (!result.ok) return pipFailure(result.output, result.reason);
  } finally {
    clearInterval(report);
  }
  await rm(temporary, { recursive: true, force: true });
  return undefined;
}

/** What pip's output means. It reports a network that does not answer as a package that does not exist. */
export function pipFailure(output: string, reason: string): PipFailure {
  const network =
    /(NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|SSLError)\('?(?:<[^>]*>: )?([^')]*)/.exec(
      output,
    );
  if (network !== null && /from versions: none/.test(output)) {
    const detail = network[2]?.trim() || network[1];
    return { reason: `pip cannot reach the Python package index: ${detail}`, unreachable: true };
  }
  return { reason: `pip: ${(complaint(output) || reason).replace(/^ERROR: /, '')}`, unreachable: false };
}

/** The wheels in a folder. */
export async function wheelsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.whl')).map((name) => join(folder, name));
}
