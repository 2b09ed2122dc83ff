/**
 * Running somebody else's program: with a limit on how long it may take and how long it may be silent, stoppable with
 * everything it has started, and with a reason in one line when it fails.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { stopIfAborted } from '../files/progress.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** How long it may run without a word and without `alive` saying that something moves. */
  readonly silenceMs?: number;
  /** Something that changes while the program works, such as the bytes it has written. */
  readonly alive?: () => Promise<number>;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** stdout and stderr as they came. */
  readonly output: string;
  /** Why it failed, in one line; empty where it did not. */
  readonly reason: string;
}

/** What to do after an interruption, for every step of setup. */
export const resumeHelp = 'Run `nascent setup` again: it resumes after the last finished step.';

/**
 * Runs a program and waits for it. A failure is a result; only an abort is thrown.
 *
 * @throws NascentError `interrupted`
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { signal } = options;
  stopIfAborted(signal, resumeHelp);
  const result = await run(command, args, options);
  stopIfAborted(signal, resumeHelp);
  return result;
}

async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { cwd, env = process.env, timeoutMs, silenceMs = timeoutMs, alive, signal } = options;
  const onWindows = process.platform === 'win32';
  const stdout: string[] = [];
  const output: string[] = [];
  let stopped = '';

  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      cwd,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a compiler that make started is stopped with it.
      detached: !onWindows,
      // On Windows npm is a .cmd file, which only a shell can start.
      shell: onWindows && command === 'npm',
    });
    const stop = (why: string) => {
      stopped ||= why;
      killGroup(child);
    };
    const onAbort = () => stop('interrupted');
    const onExit = () => killGroup(child);
    signal?.addEventListener('abort', onAbort, { once: true });
    process.once('exit', onExit);
    const limit = setTimeout(() => stop(`not done after ${seconds(timeoutMs)}`), timeoutMs);
    const watch = watchSilence(silenceMs, alive, () => stop(`no sign of life for ${seconds(silenceMs)}`));

    const settle = (reason: string) => {
      clearTimeout(limit);
      watch.end();
      signal?.removeEventListener('abort', onAbort);
      process.removeListener('exit', onExit);
      const why = stopped || reason;
      resolve({ ok: why === '', stdout: stdout.join(''), output: output.join(''), reason: why });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout.push(text);
      output.push(text);
      watch.heard();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.push(text);
      watch.heard();
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ENOENT' ? `${command} was not found` : error.message),
    );
    child.once('close', (code, killedBy) => {
      if (code === 0) settle('');
      else
        settle(
          complaint(output.join('')) || `it ended ${killedBy ? `by ${killedBy}` : `with exit code ${code}`}`,
        );
    });
  });
}

/** Calls `onSilence` once nothing has been heard, and `alive` has not changed, for `silenceMs`. */
function watchSilence(
  silenceMs: number,
  alive: (() => Promise<number>) | undefined,
  onSilence: () => void,
): { heard(): void; end(): void } {
  let last = Date.now();
  let seen = 0;
  const heard = () => {
    last = Date.now();
  };
  const look = async () => {
    const now = (await alive?.()) ?? 0;
    if (now !== seen) heard();
    seen = now;
    if (Date.now() - last >= silenceMs) onSilence();
  };
  const timer = setInterval(() => void look(), Math.min(500, silenceMs));
  return { heard, end: () => clearInterval(timer) };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}

/**
 * The line of a program's output that says what went wrong: a compiler's first error, since the others follow from it;
 * else the last line that begins as an error; else the last that mentions one; else the last of all.
 */
export function complaint(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line =
    lines.find((text) => /^\S+: (fatal )?error: /.test(text)) ??
    lines.findLast((text) => /^(gyp ERR! stack |npm )?(\w*Error|error|ERROR|fatal)\b:?\s/.test(text)) ??
    lines.findLast((text) => /\b(error|fatal|failed|cannot|not found|denied)\b/i.test(text)) ??
    lines.at(-1) ??
    '';
  return line.replace(/^(gyp ERR! stack )?((Error|ERROR): )?/, '').slice(0, 300);
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${ms / 1000} seconds` : `${Math.round(ms / 60_000)} minutes`;
}
