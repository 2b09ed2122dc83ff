/** Calls of the command, in this process or in one of its own. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { vi } from 'vitest';

import { run } from '../../src/cli/shell/run.ts';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls it in this process, as `nascent …`; jobs still run in processes of their own. */
export async function call(...given: string[]): Promise<Ended> {
  const out = captured(process.stdout);
  const err = captured(process.stderr);
  try {
    const exitCode = await run(given);
    return { exitCode, stdout: out.text(), stderr: err.text() };
  } finally {
    out.release();
    err.release();
  }
}

function captured(stream: NodeJS.WriteStream) {
  const chunks: string[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    chunks.push(String(chunk));
    return true;
  });
  return { text: () => chunks.join(''), release: () => spy.mockRestore() };
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Starts it as a person would; `onStderr` sees all that it has said so far. */
export function start(
  given: readonly string[],
  onStderr: (text: string, child: ChildProcess) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr(stderr, child);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
