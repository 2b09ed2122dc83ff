/**
 * Starts a probe in a child process. A native library can end its process (a missing instruction, a broken driver, an
 * abort in C++), so whatever may do that is tried in one that can be lost.
 */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ProbeMessage } from './answer.ts';

export type ProbeOutcome = { readonly ok: true; readonly value: unknown } | ProbeFailure;

export interface ProbeFailure {
  readonly ok: false;
  readonly reason: string;
  readonly fix?: string;
  /** What the child wrote to stderr; native libraries often say there what their error does not. */
  readonly stderr: string;
}

export interface ProbeOptions {
  readonly args?: readonly string[];
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a script that ends in `answer(…)` and returns its answer. Never rejects: a crash, a timeout and an abort are
 * reasons.
 *
 * @param script without its ending: it is TypeScript beside the sources, and JavaScript in a build
 */
export async function runProbe(script: URL, options: ProbeOptions = {}): Promise<ProbeOutcome> {
  const { args = [], timeoutMs = 60_000, env = {}, signal } = options;
  return new Promise((resolve) => {
    const stderr: string[] = [];
    let settled = false;
    const settle = (outcome: ProbeOutcome) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      // It has said what it had to; what a library does while it is being unloaded is no part of the answer.
      child.kill('SIGKILL');
      resolve(outcome);
    };
    const fail = (reason: string, fix?: string) =>
      settle({ ok: false, reason, stderr: stderr.join(''), ...(fix === undefined ? {} : { fix }) });
    const onAbort = () => fail('interrupted');

    const child = fork(fileURLToPath(withEnding(script)), [...args], {
      execArgv: languageOptions(),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // The answer may hold numbers that JSON has not, such as NaN.
      serialization: 'advanced',
    });
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} seconds`), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
    child.once('message', (message) => {
      const answer = message as ProbeMessage;
      if (answer.ok) settle(answer);
      else fail(answer.reason, answer.fix);
    });
    child.once('error', (error) => fail(`the process cannot be started: ${error.message}`));
    child.once('close', (code, killedBy) => fail(crash(code, killedBy, stderr.join(''))));
    if (signal?.aborted === true) onAbort();
  });
}

/** Why a child that gave no answer ended. */
function crash(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const said = stderr
    .split('\n')
    .map((line) => line.trim())
    .find((line) => /error|fatal|abort|terminate|illegal/i.test(line));
  return `the process ended ${how}${said === undefined ? '' : `: ${said}`}`;
}

const fromSources = import.meta.url.endsWith('.ts');

function withEnding(script: URL): URL {
  return new URL(`${script.href}${fromSources ? '.ts' : '.js'}`);
}

/** What Node needs to run the scripts: sources are run through tsx, whichever folder the child is in. */
function languageOptions(): string[] {
  if (!fromSources) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}
