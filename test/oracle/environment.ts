/**
 * A Python with PyTorch in it: a virtual environment in `.oracle-venv`, made by pip on first use and kept.
 *
 * Only the processor's build of PyTorch is wanted. It has an index of its own, which is tried first: the package that
 * PyPI gives on Linux brings gigabytes of CUDA libraries.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type Environment =
  | { readonly kind: 'ready'; readonly python: string; readonly version: string }
  | { readonly kind: 'missing'; readonly reason: string };

const folder = join(import.meta.dirname, '..', '..', '.oracle-venv');
const python =
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

/** The processor's builds; then whatever pip's own index has. */
const indexes = [['--index-url', 'https://download.pytorch.org/whl/cpu'], []] as const;

/** What is there already, without installing anything. */
export async function findEnvironment(): Promise<Environment> {
  if (!existsSync(python)) return { kind: 'missing', reason: 'npm run test:oracle has not installed it' };
  const found = await execute(python, ['-W', 'ignore', '-c', 'import torch; print(torch.__version__)']);
  return found.code === 0
    ? { kind: 'ready', python, version: found.output.trim() }
    : { kind: 'missing', reason: lastLine(found.output) };
}

/** What is there, or what pip can install. `say` is told what is being done. */
export async function prepareEnvironment(say: (line: string) => void): Promise<Environment> {
  const found = await findEnvironment();
  if (found.kind === 'ready') return found;
  say('Installing PyTorch for the processor into .oracle-venv (about 200 MB, once)');
  const system = process.platform === 'win32' ? 'python' : 'python3';
  const made = await execute(system, ['-m', 'venv', folder]);
  if (made.code !== 0) return { kind: 'missing', reason: `${system} -m venv: ${lastLine(made.output)}` };
  let reason = '';
  for (const index of indexes) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--retries', '1', ...index, 'torch'];
    const installed = await execute(python, pip);
    if (installed.code === 0) return findEnvironment();
    reason = lastLine(installed.output);
  }
  return { kind: 'missing', reason: `pip install torch: ${reason}` };
}

/**
 * A Python that has what judges model files: the one that PYTHON names, else the one with PyTorch, into which pip puts what it
 * lacks, else the system's. Whether it can is for the caller to see.
 */
export async function pythonWithOnnx(torch: Environment, say: (line: string) => void): Promise<string> {
  const named = process.env['PYTHON'];
  if (named !== undefined) return named;
  if (torch.kind === 'missing') return process.platform === 'win32' ? 'python' : 'python3';
  const has = await execute(torch.python, ['-W', 'ignore', '-c', 'import onnx, onnxruntime']);
  if (has.code !== 0) {
    say('Installing onnx and onnxruntime into .oracle-venv (about 40 MB, once)');
    await execute(torch.python, ['-m', 'pip', 'install', '--quiet', '--retries', '1', 'onnx', 'onnxruntime']);
  }
  return torch.python;
}

export interface Executed {
  readonly code: number | null;
  /** stdout and stderr together. */
  readonly output: string;
}

export async function execute(command: string, args: readonly string[]): Promise<Executed> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
