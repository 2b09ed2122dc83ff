/**
 * A runtime in a process of its own, with a limit of time and of memory. Whatever becomes of it (a crash, a hang, out of
 * memory) is an error to whoever asked it, and of no harm to anybody else.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NascentError } from '../../errors.ts';
import { crashError } from '../../run/crash.ts';
import { errorOf } from '../../run/failure.ts';
import { overMemory } from '../../watchdog.ts';
import type { Measure } from '../truth/truth.ts';
import type { ModelUnderTest, OpenModel, Way } from '../ways.ts';
import type { Answer, Ask } from './messages.ts';

export interface Limits {
  /** For opening the model, and for each run. */
  readonly seconds: number;
  /** In bytes. */
  readonly memory: number;
}

/**
 * Opens a model in a new process.
 *
 * @param name what messages call the runtime
 * @throws what opening it throws; NascentError 'runtime/failed' where the process does not outlive it; the signal's reason
 */
export async function openProcess(
  name: string,
  way: Way,
  model: ModelUnderTest,
  limits: Limits,
  signal: AbortSignal,
): Promise<OpenModel> {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(script), [], {
    execArgv: [`--max-old-space-size=${Math.ceil(limits.memory / 2 ** 20)}`, ...languageOptions()],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ask = asking(name, child, limits, signal);
  const dispose = () => void child.kill('SIGKILL');
  let peak = 0;
  child.on('message', (answer: Answer) => {
    peak = Math.max(peak, answer.peak);
  });
  try {
    const opened = await ask({ kind: 'open', model, way, memory: limits.memory });
    return {
      note: opened.kind === 'opened' ? opened.note : undefined,
      async run(feeds) {
        const ran = await ask({ kind: 'run', feeds });
        return ran.kind === 'ran' ? ran.outputs : new Map();
      },
      dispose,
      peak: () => peak,
      ...(way.what === 'truth' && { measure: measuring(ask) }),
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function measuring(ask: (ask: Ask) => Promise<Answer>): Measure {
  return async (feeds) => {
    const answer = await ask({ kind: 'measure', feeds });
    return answer.kind === 'measured' ? answer.measured : { outputs: new Map(), spreads: new Map(), work: 0 };
  };
}

/** How a process is asked, one thing after the other. */
function asking(
  name: string,
  child: ChildProcess,
  limits: Limits,
  signal: AbortSignal,
): (ask: Ask) => Promise<Answer> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-8_192);
  });
  let ended: Error | undefined;
  let waiting: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined;
  child.on('message', (answer: Answer) => {
    if (answer.kind === 'failed') waiting?.reject(errorOf(answer.failure));
    else waiting?.resolve(answer);
  });
  const end = (error: Error) => {
    ended ??= error;
    waiting?.reject(ended);
  };
  child.on('error', (cause) =>
    end(
      new NascentError('runtime/failed', `${name} cannot be started: ${cause.message}`, {
        help: 'See what the system says of new processes.',
        cause,
      }),
    ),
  );
  child.on('close', (code, by) => end(ending(name, limits, code, by, said)));
  return async (ask) => {
    signal.throwIfAborted();
    if (ended !== undefined) throw ended;
    const answer = new Promise<Answer>((resolve, reject) => {
      waiting = { resolve, reject };
    });
    const stop = () => {
      waiting?.reject(signal.reason);
      child.kill('SIGKILL');
    };
    const late = setTimeout(() => {
      end(tooLate(name, ask, limits));
      child.kill('SIGKILL');
    }, 1000 * limits.seconds);
    signal.addEventListener('abort', stop, { once: true });
    try {
      // A process that is gone already is dealt with when its end is seen.
      child.send(ask, () => {});
      return await answer;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      waiting = undefined;
    }
  };
}

/** A process that took more than it may, or died: its result, and nothing that is wrong with what it was given. */
export class ProcessLost extends NascentError {}

/** One that took more time than it may. */
class TooLate extends ProcessLost {}

/** Whether a process is gone that may do with less than it was given at once: it crashed, or took too much memory. */
export function isTooMuch(error: unknown): error is ProcessLost {
  return error instanceof ProcessLost && !(error instanceof TooLate);
}

function tooLate(name: string, { kind }: Ask, { seconds }: Limits): NascentError {
  const what = kind === 'open' ? 'opened the model' : 'given an answer';
  return new TooLate('runtime/failed', `${name} has not ${what} within ${seconds} s`, {
    help: 'Allow it more with --timeout, in seconds.',
  });
}

/** Why a process that was not told to ended. */
function ending(
  name: string,
  { memory }: Limits,
  code: number | null,
  by: NodeJS.Signals | null,
  said: string,
): NascentError {
  if (said.includes(overMemory) || said.includes('heap out of memory')) {
    return new ProcessLost('runtime/failed', `${name} needs more than ${gigabytes(memory)} of memory`, {
      help: 'Allow it more with --memory, in GB, or give it smaller inputs (--extent).',
    });
  }
  const { code: kind, message, help } = crashError(name, code, by, said, {}, '--runtimes');
  return new ProcessLost(kind, message, { help });
}

function gigabytes(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(2))} GB`;
}

const fromSources = import.meta.url.endsWith('.ts');
/** Sources run as they are, or built. The compiler rewrites the endings of imports, but not this one. */
const script = new URL(fromSources ? 'child.ts' : 'child.js', import.meta.url);

function languageOptions(): string[] {
  if (!fromSources) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}
